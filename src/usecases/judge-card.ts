import type { RequestSnapshot } from '../../contract/access-request';
import type { DecisionSource } from '../../contract/decision';
import { judgeMover, readCard, type CardRefusal, type Mover, type StatusMove } from '../domain/card';
import { contentDigest } from '../domain/issue-content';
import { hasIssue, type IssueLink } from '../domain/link';
import type { IssueView, JiraProblem, Services, StoredSettings } from './ports';

/** What is known of a linked card when it is judged. */
export interface JudgedCard {
  stored: StoredSettings;
  link: IssueLink;
  snapshot: RequestSnapshot;
  issue: IssueView;
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
  | { kind: 'refused'; card: JudgedCard; code: CardRefusal; actor: string }
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
      ? { kind: 'detached', link, code: 'issue_gone' }
      : { kind: 'problem', problem: read.problem };
  }
  return judge(services, { stored, link, snapshot, issue: read.value });
}

async function judge(services: Services, card: JudgedCard): Promise<Judgement> {
  const { stored, link, snapshot, issue } = card;
  const facts = {
    ...issue,
    issueId: issue.id,
    contentDigest: contentDigest(issue.summary, issue.description),
  };
  const reading = readCard(facts, link, snapshot.state, stored.settings);
  switch (reading.kind) {
    case 'in_step':
    case 'unmapped':
      return { kind: 'at_rest', card };
    case 'detached':
      return { kind: 'detached', link, code: 'issue_detached' };
    case 'misplaced':
    case 'asks':
      break;
  }
  const app = await services.people.appAccountId();
  if (!app.ok) return { kind: 'problem', problem: app.problem };
  // The app moves a card before it marks the new state, so its own move is a delivery at work and never a decision.
  if (reading.move?.accountId === app.value) return { kind: 'at_rest', card };
  const actor = reading.move?.accountId ?? 'unknown';
  if (reading.kind === 'misplaced') return { kind: 'refused', card, code: reading.code, actor };

  const connection = await acceptingConnection(services, link.cluster, 'card');
  if ('code' in connection) return { kind: 'refused', card, code: connection.code, actor };
  const mover = await services.people.read(actor);
  if (!mover.ok) {
    if (mover.problem.kind === 'rate_limited' || mover.problem.kind === 'uncertain')
      return { kind: 'problem', problem: mover.problem };
    return { kind: 'refused', card, code: 'not_human', actor };
  }
  const judged = judgeMover(mover.value, {
    verdict: reading.verdict,
    requester: snapshot.user,
    appAccountId: app.value,
    settings: stored.settings,
  });
  if (!judged.allowed) return { kind: 'refused', card, code: judged.code, actor };
  return {
    kind: 'decides',
    card,
    verdict: reading.verdict,
    move: reading.move,
    mover: mover.value,
    connectionId: connection.id,
  };
}

/** The confirmed connection of a cluster, if its relay takes decisions from this place. */
async function acceptingConnection(
  services: Services,
  cluster: string,
  source: DecisionSource,
): Promise<{ id: string } | { code: CardRefusal }> {
  const id = await services.connections.findByCluster(cluster);
  const trust = id === undefined ? undefined : await services.connections.readTrust(id);
  if (trust?.state !== 'confirmed' || trust.cluster.name !== cluster) return { code: 'no_connection' };
  if (trust.acceptsDecisions.length === 0) return { code: 'observe_only' };
  return trust.acceptsDecisions.includes(source) ? { id: trust.id } : { code: 'source_not_accepted' };
}
