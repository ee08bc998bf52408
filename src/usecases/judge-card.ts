import type { RequestSnapshot } from '../../contract/access-request';
import type { DecisionSource } from '../../contract/decision';
import {
  judgeMover,
  readCard,
  validForMs,
  type CardRefusal,
  type Mover,
  type StatusMove,
} from '../domain/card';
import { isApproverNow } from './approver';
import { acceptedSources } from '../domain/connection';
import { contentDigest } from '../domain/issue-content';
import { hasIssue, type IssueLink } from '../domain/link';
import { settingsForIssue, type IssueSettings } from '../domain/routing';
import { whyNotFound } from './not-found';
import type { IssueView, JiraProblem, Services } from './ports';

/** What is known of a linked card when it is judged. */
export interface JudgedCard {
  settings: IssueSettings;
  link: IssueLink;
  snapshot: RequestSnapshot;
  issue: IssueView;
  appAccountId: string;
}

/** What a card means now, by strongly consistent reads of everything that counts. */
export type Judgement =
  /** No request belongs to this issue, whatever it carries. */
  | { kind: 'not_linked' }
  | { kind: 'problem'; problem: JiraProblem }
  /** The issue is gone or left its project or type. */
  | { kind: 'detached'; link: IssueLink; code: 'issue_gone' | 'issue_detached' }
  /** In place, or in a status without meaning. */
  | { kind: 'at_rest'; card: JudgedCard }
  | { kind: 'refused'; card: JudgedCard; code: CardRefusal; move: StatusMove | undefined }
  | {
      kind: 'decides';
      card: JudgedCard;
      verdict: 'approve' | 'deny';
      move: StatusMove;
      mover: Mover;
      connectionId: string;
    };

/** Judges the card of an issue. Used when it moved, again when its decision is handed out, and by the sweep. */
export async function judgeCard(services: Services, issueId: string): Promise<Judgement> {
  const reference = await services.links.findByIssue(issueId);
  if (reference === undefined) return { kind: 'not_linked' };
  const [link, snapshot, stored] = await Promise.all([
    services.links.read(reference.cluster, reference.requestId),
    services.links.readSnapshot(reference.cluster, reference.requestId),
    services.settings.read(),
  ]);
  if (
    link === undefined ||
    !hasIssue(link) ||
    link.issue.id !== issueId ||
    snapshot === undefined ||
    stored === undefined
  ) {
    return { kind: 'not_linked' };
  }
  const read = await services.issues.read(issueId, { history: true });
  if (!read.ok) {
    return read.problem.kind === 'not_found'
      ? whyNotFound(services, link, read.problem)
      : { kind: 'problem', problem: read.problem };
  }
  const app = await services.people.appAccountId();
  if (!app.ok) return { kind: 'problem', problem: app.problem };
  const settings = settingsForIssue(stored, link.issue, snapshot);
  return judge(services, { settings, link, snapshot, issue: read.value, appAccountId: app.value });
}

async function judge(services: Services, card: JudgedCard): Promise<Judgement> {
  const { settings, link, snapshot, issue, appAccountId } = card;
  const facts = {
    ...issue,
    issueId: issue.id,
    contentDigest: contentDigest(issue.summary, issue.description),
    appAccountId,
  };
  const reading = readCard(facts, link, snapshot.state, settings);
  switch (reading.kind) {
    case 'in_step':
    case 'unmapped':
      return { kind: 'at_rest', card };
    case 'detached':
      return {
        kind: 'detached',
        link,
        code: link.failure?.code === 'issue_gone' ? 'issue_gone' : 'issue_detached',
      };
    case 'misplaced':
    case 'asks':
      break;
  }
  // The app moves a card before it marks the new state, so its own move is a delivery at work and never a decision.
  if (reading.move?.accountId === appAccountId) return { kind: 'at_rest', card };
  // The card of a resolved request that nobody ever moved still stands where it was made: a delivery that goes on.
  if (reading.kind === 'misplaced' && reading.code === 'already_resolved' && reading.move === undefined)
    return { kind: 'at_rest', card };
  const refuse = (code: CardRefusal) => ({ kind: 'refused', card, code, move: reading.move }) as const;
  if (reading.kind === 'misplaced') return refuse(reading.code);

  const { verdict, move } = reading;
  const connection = await acceptingConnection(services, link.cluster, 'card');
  if ('code' in connection) return refuse(connection.code);
  // The history does not always name somebody, for example after an anonymous call.
  if (move.accountId === '') return refuse('not_human');
  const mover = await services.people.read(move.accountId);
  if (!mover.ok) {
    if (mover.problem.kind === 'rate_limited' || mover.problem.kind === 'uncertain')
      return { kind: 'problem', problem: mover.problem };
    return refuse('not_human');
  }
  const isApprover = await isApproverNow(services, mover.value, {
    settings,
    appAccountId,
    issueId: issue.id,
  });
  if (!isApprover.ok) return { kind: 'problem', problem: isApprover.problem };
  const judged = judgeMover(mover.value, {
    ...{ verdict, requester: snapshot.user, appAccountId, settings },
    isApprover: isApprover.value,
  });
  if (!judged.allowed) return refuse(judged.code);
  if (services.now() > move.at + validForMs(verdict, settings)) return refuse('too_late');
  return { kind: 'decides', card, verdict, move, mover: mover.value, connectionId: connection.id };
}

/** The confirmed connection of a cluster, if its relay takes decisions from this place. */
export async function acceptingConnection(
  services: Services,
  cluster: string,
  source: DecisionSource,
): Promise<{ id: string } | { code: CardRefusal }> {
  const id = await services.connections.findByCluster(cluster);
  const status = id === undefined ? undefined : await services.connections.readStatus(id);
  if (status?.state !== 'confirmed' || status.cluster?.name !== cluster) return { code: 'no_connection' };
  const sources = acceptedSources(status);
  if (sources.length === 0) return { code: 'observe_only' };
  return sources.includes(source) ? { id: status.id } : { code: 'source_not_accepted' };
}
