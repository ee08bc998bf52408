import {
  WIZARD_STEPS,
  type AdminFunctions,
  type AdminResult,
  type FirstRequest,
  type OverviewView,
  type WizardStep,
} from '../../../contract/admin';
import { namesNobody } from '../../domain/card';
import { proposalOf, type ConnectionStatus } from '../../domain/connection';
import { hasIssue, type IssueLink, type Link } from '../../domain/link';
import type { Services } from '../ports';
import { listConnections } from './connections';
import { failureOf } from './failures';
import { knownLinks } from './known-links';
import { isoTime, succeeded } from './results';

const MAX_FAILURES_COUNTED = 200;

/** What the app knows at a glance; asks Jira for nothing. */
export async function getOverview(services: Services): Promise<AdminResult<OverviewView>> {
  const listed = await listConnections(services);
  if (!listed.ok) return listed;
  const { connections } = listed.value;
  const [{ links }, health, pausedUntil, waiting] = await Promise.all([
    knownLinks(services),
    services.health.read(),
    services.quota.pausedUntil(),
    Promise.all(
      [...new Set(connections.flatMap(({ cluster }) => cluster?.name ?? []))].map((cluster) =>
        services.decisions.list(cluster),
      ),
    ),
  ]);
  const lastRequest = await requestAt(services, newest(links));
  return succeeded({
    connections,
    failing: Math.min(MAX_FAILURES_COUNTED, links.filter((link) => failureOf(link) !== undefined).length),
    decisionsWaiting: waiting.flat().length,
    health: {
      failed: health?.checks.filter(({ ok, isWarning }) => !ok && isWarning !== true).length ?? 0,
      ...(health !== undefined && { checkedAt: isoTime(health.checkedAt) }),
    },
    ...(pausedUntil > services.now() && { pausedUntil: isoTime(pausedUntil) }),
    ...(lastRequest !== undefined && { lastRequest }),
  });
}

/** What is done of the first run, and what comes next. The test request is the first one that arrives. */
export async function getWizard(
  services: Services,
): Promise<AdminResult<AdminFunctions['getWizard']['value']>> {
  const connections = (await services.connections.listStatus()).filter(({ state }) => state !== 'revoked');
  const stored = await services.settings.read();
  const { links } = await knownLinks(services);
  const firstRequest = await requestAt(services, oldest(links));
  const targets = stored && [...stored.settings.rules.map(({ then }) => then), stored.settings.catchAll];
  const isDone: Record<WizardStep, boolean> = {
    connect: connections.length > 0,
    start_relay: connections.some(({ lastHello }) => lastHello !== undefined),
    confirm_cluster: connections.some(({ state }) => state === 'confirmed'),
    project: stored !== undefined,
    approvers: targets?.some(({ approvers }) => !namesNobody(approvers)) === true,
    first_request: firstRequest !== undefined,
  };
  const [toDo, done] = [whatToDo(connections), whatIsDone(connections, firstRequest)];
  const next = WIZARD_STEPS.find((key) => !isDone[key]);
  return succeeded({
    steps: WIZARD_STEPS.map((key) => ({ key, done: isDone[key], text: (isDone[key] ? done : toDo)[key] })),
    ...(next !== undefined && { next }),
    ...(firstRequest !== undefined && { firstRequest }),
  });
}

/** A step that is done says what there is, not what to do. */
function whatIsDone(
  connections: readonly ConnectionStatus[],
  firstRequest: FirstRequest | undefined,
): Record<WizardStep, string> {
  const clusters = connections.flatMap(({ state, cluster }) =>
    state === 'confirmed' && cluster !== undefined ? [cluster.name] : [],
  );
  return {
    connect: `Made: ${connections.map(({ name }) => name).join(', ')}.`,
    start_relay: 'The relay reports here.',
    confirm_cluster: `Confirmed: ${clusters.join(', ')}.`,
    project: 'The project and its statuses are chosen.',
    approvers: 'It is chosen who may approve in Jira.',
    first_request: `${firstRequest?.issueKey ?? 'It'} is on the board.`,
  };
}

function whatToDo(connections: readonly ConnectionStatus[]): Record<WizardStep, string> {
  const proposal = connections.map(proposalOf).find((each) => each !== undefined);
  return {
    connect: 'Make a connection and give its pairing token to the relay.',
    start_relay: 'Start the relay, so that it reports here.',
    confirm_cluster:
      proposal === undefined
        ? 'Compare the fingerprint of the cluster and confirm it.'
        : `Compare the fingerprint that ${proposal.name} presents with the one that Teleport shows, and confirm it.`,
    project: 'Set up a project, or choose one with its statuses.',
    approvers: 'Choose who may approve in Jira. With nobody chosen, only Teleport decides.',
    first_request: 'Ask for access in Teleport. The request appears on the board within seconds.',
  };
}

async function requestAt(
  services: Pick<Services, 'door'>,
  link: IssueLink | undefined,
): Promise<FirstRequest | undefined> {
  if (link === undefined) return undefined;
  const { cluster, requestId, issue, state, createdAt } = link;
  const issueUrl = `${await services.door.siteUrl()}/browse/${issue.key}`;
  return { cluster, requestId, issueKey: issue.key, issueUrl, state, at: isoTime(createdAt) };
}

function newest(links: readonly Link[]): IssueLink | undefined {
  return links.filter(hasIssue).sort((a, b) => b.createdAt - a.createdAt)[0];
}

function oldest(links: readonly Link[]): IssueLink | undefined {
  return links.filter(hasIssue).sort((a, b) => a.createdAt - b.createdAt)[0];
}
