import { toUtcSeconds } from '../../contract/access-request';
import type { Decision } from '../../contract/decision';
import { CONTRACT_VERSION } from '../../contract/version';
import { validForMs } from '../domain/card';
import { findReason } from '../domain/decision-reason';
import { hasIssue } from '../domain/link';
import { isAvailable, isOutcomeOpen, isPast, type LiveDecision } from '../domain/live-decision';
import { judgeCard, type Judgement } from './judge-card';
import { detachedLink, noteFailure } from './keep-link';
import type { JiraProblem, Services } from './ports';
import { putBack } from './put-back-card';

/** What became of a change on the board. */
export type CardOutcome =
  | { kind: 'nothing' }
  | { kind: 'not_linked' }
  | { kind: 'decision_waits' }
  | { kind: 'put_back' }
  /** Jira could not be asked; try again later. */
  | { kind: 'again'; problem: JiraProblem };

/**
 * Reacts to a change of an issue: the event is only a hint, what counts is what Jira says now. A move by somebody who may
 * decide becomes a decision that waits for the relay; every other deviation is put back.
 */
export async function handleCardChange(services: Services, issueId: string): Promise<CardOutcome> {
  const judgement = await judgeCard(services, issueId);
  switch (judgement.kind) {
    case 'not_linked':
      return { kind: 'not_linked' };
    case 'problem':
      return { kind: 'again', problem: judgement.problem };
    case 'detached':
    case 'at_rest':
      await settleCard(services, judgement);
      return { kind: 'nothing' };
    case 'refused':
      return refuse(services, judgement);
    case 'decides':
      if (!(await isWithinPace(services, judgement)))
        return refuse(services, { ...judgement, kind: 'refused', code: 'too_many' });
      await keepDecision(services, judgement);
      return { kind: 'decision_waits' };
  }
}

/** Ends what a card asked for that asks no longer: it is in place, in a status without meaning, or gone. */
export async function settleCard(
  services: Services,
  judgement: Judgement & { kind: 'detached' | 'at_rest' },
): Promise<void> {
  if (judgement.kind === 'detached') await noteDetached(services, judgement);
  else await cancelCardDecision(services, judgement);
}

/** Moves by one person that may decide within a minute; what is more was hardly read card by card, as in a bulk change. */
const MAX_A_MINUTE = 10;

function isWithinPace(services: Services, judgement: Judgement & { kind: 'decides' }): Promise<boolean> {
  const { card, move, mover } = judgement;
  return services.cardPace.take({
    accountId: mover.accountId,
    minute: Math.floor(move.at / 60_000),
    decisionId: decisionIdOf(card.issue.id, move),
    places: MAX_A_MINUTE,
  });
}

function decisionIdOf(issueId: string, move: { historyId: string } | undefined): string {
  return `c:${issueId}:${move?.historyId ?? ''}`;
}

/**
 * Puts a refused card back and drops its decision, if one waits. A card whose decision a relay may have carried out waits
 * for what the relay says.
 */
export async function refuse(
  services: Services,
  judgement: Judgement & { kind: 'refused' },
): Promise<CardOutcome> {
  const { card, code, move } = judgement;
  const live = await services.decisions.read(card.link.cluster, card.link.requestId);
  const isOfMove = live?.decision.id === decisionIdOf(card.issue.id, move);
  if (live !== undefined && isOfMove && isOutcomeOpen(live, services.now()))
    return { kind: 'decision_waits' };
  // What somebody decided by button has nothing to do with where the card stands.
  if (live?.decision.source === 'card')
    await services.decisions.remove(card.link.cluster, card.link.requestId);
  const result = await putBack(services, { ...card, code, move, isTold: false });
  return result.ok ? { kind: 'put_back' } : { kind: 'again', problem: result.problem };
}

/**
 * Moving the card back cancels what it asked for. A decision that a relay carries just now is left to its outcome; should
 * there be none, it is found at rest again once its loan is over, and is not handed out a second time.
 */
async function cancelCardDecision(
  services: Services,
  judgement: Judgement & { kind: 'at_rest' },
): Promise<void> {
  const { link, snapshot } = judgement.card;
  const live = await services.decisions.read(link.cluster, link.requestId);
  if (live === undefined || live.decision.source !== 'card' || !isAvailable(live, services.now())) return;
  // Resolved meanwhile, perhaps by this very decision: the relay that asks next can tell.
  if (snapshot.state !== 'PENDING') return;
  await services.decisions.remove(link.cluster, link.requestId);
  await services.activity.add({
    kind: 'decision',
    code: 'cancelled',
    text: 'The card was moved back before Teleport took the decision.',
    cluster: link.cluster,
    requestId: link.requestId,
    issueId: link.issue.id,
    issueKey: link.issue.key,
    accountId: live.decision.actor.accountId,
    decisionId: live.decision.id,
  });
}

async function keepDecision(services: Services, judgement: Judgement & { kind: 'decides' }): Promise<void> {
  const decision = await makeDecision(services, judgement);
  const { link } = judgement.card;
  const known = await services.decisions.read(link.cluster, link.requestId);
  if (known?.decision.id === decision.id) return;
  // Carried out while the card was being judged, as when an event comes twice: what is settled must not wait again.
  const current = await services.links.read(link.cluster, link.requestId);
  if (current !== undefined && hasIssue(current) && current.state !== 'PENDING') return;
  // A decision by button goes first; the card is found again by the sweep when that one came to nothing.
  if (known?.decision.source === 'panel' && !isPast(known, services.now())) return;
  await services.decisions.write({ decision, lentUntil: 0 });
}

/** The decision that a card asks for. Its id comes from Jira's history, so however often it is found it is the same one. */
export async function makeDecision(
  services: Services,
  judgement: Judgement & { kind: 'decides' },
): Promise<Decision> {
  const { card, move, mover, verdict } = judgement;
  const { settings } = card;
  const comments = card.issue.comments.flatMap((comment) =>
    comment.accountId === undefined
      ? []
      : [{ accountId: comment.accountId, createdAt: comment.createdAt, text: comment.text }],
  );
  return {
    v: CONTRACT_VERSION,
    id: decisionIdOf(card.issue.id, move),
    connectionId: judgement.connectionId,
    cluster: card.link.cluster,
    requestId: card.link.requestId,
    verdict,
    source: 'card',
    actor: {
      accountId: mover.accountId,
      ...(settings.sendApproverEmail && mover.email !== undefined ? { email: mover.email } : {}),
    },
    reason: findReason(comments, {
      accountId: mover.accountId,
      at: move.at,
      issueCreatedAt: card.issue.createdAt,
    }),
    issue: {
      id: card.issue.id,
      key: card.issue.key,
      url: `${await services.door.siteUrl()}/browse/${card.issue.key}`,
    },
    grantDigest: card.link.shown.grantDigest,
    decidedAt: toUtcSeconds(new Date(move.at)),
    notAfter: toUtcSeconds(new Date(move.at + validForMs(verdict, settings))),
  };
}

async function noteDetached(services: Services, judgement: Judgement & { kind: 'detached' }): Promise<void> {
  const { link, code } = judgement;
  await services.decisions.remove(link.cluster, link.requestId);
  if (link.failure?.code === code) return;
  const next = detachedLink(link, code, services.now());
  await services.links.write(next);
  await noteFailure(services, link, code, next.failure?.text ?? '');
}

/** Whether a waiting decision still is what the card asks for. */
export function isSameDecision(live: LiveDecision, judgement: Judgement & { kind: 'decides' }): boolean {
  return (
    live.decision.id === decisionIdOf(judgement.card.issue.id, judgement.move) &&
    live.decision.verdict === judgement.verdict
  );
}
