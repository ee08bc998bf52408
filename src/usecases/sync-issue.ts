import type { RequestSnapshot } from '../../contract/access-request';
import type { ReportedOutcome } from '../../contract/decision';
import type { ApplyResult } from '../../contract/relay-inbox';
import { plainText, type AdfDocument } from '../domain/adf';
import { changedComment, outcomeComment, resolutionComment, reviewComment } from '../domain/comments';
import { contentDigest, renderIssue } from '../domain/issue-content';
import { listedUntil, type IssueLink } from '../domain/link';
import { slotOfState, slotOfStatus } from '../domain/settings';
import { moveToStateSlot, propertyOf } from './issue-moves';
import { failureAt, resultOfFailure, resultOfProblem } from './jira-problems';
import type { Deadline, IssueView, JiraProblem, Services, StoredSettings } from './ports';
import { putBack } from './put-back-card';

/** One request to bring in step with the issue that stands for it. */
export interface SyncInput {
  stored: StoredSettings;
  deadline: Deadline;
  link: IssueLink;
  snapshot: RequestSnapshot;
  /** The issue, when it was just read. */
  issue: IssueView | undefined;
  outcome: ReportedOutcome | undefined;
  isNew: boolean;
}

/** A step either goes on, or ends the work with an answer for the relay. */
type Step = { done: true } | { done: false; answer: ApplyResult };

const DONE: Step = { done: true };
const ISSUE_RETRY_SECONDS = 3600;

/**
 * Makes an issue say and be what Teleport says: comments for reviews, outcome and end, content, place on the board. Each
 * effect is recognised when it is already there, and the link record is written last.
 */
export async function syncIssue(services: Services, input: SyncInput): Promise<ApplyResult> {
  const { link, snapshot } = input;
  const issue = input.issue ?? (await readIssue(services, input));
  if ('result' in issue) return issue;
  if (issue.projectId !== link.issue.projectId || issue.issueTypeId !== link.issue.issueTypeId) {
    return detach(
      services,
      input,
      'issue_detached',
      'The issue was moved to another project or type, so it is left alone.',
    );
  }
  const app = await services.people.appAccountId();
  if (!app.ok) return resultOfProblem(snapshot.id, app.problem);
  let next: IssueLink = { ...link, phase: 'linked', failure: undefined };
  const steps: ((issue: IssueView) => Promise<Step>)[] = [
    async () => {
      const shown = await rewriteContent(services, input, next);
      if ('answer' in shown) return shown;
      next = { ...next, shown };
      return DONE;
    },
    (current) => addComments(services, input, current, app.value),
    (current) => place(services, input, current, next),
    () => linkToTeleport(services, input),
  ];
  for (const step of steps) {
    if (input.deadline.isOver())
      return { requestId: snapshot.id, result: 'deferred', seconds: 1, text: 'out of time in this call' };
    const result = await step(issue);
    if (!result.done) return saveUnfinished(services, input, next, result.answer);
  }
  return finish(services, input, next, issue);
}

async function readIssue(services: Services, input: SyncInput): Promise<IssueView | ApplyResult> {
  const read = await services.issues.read(input.link.issue.id, { history: true });
  if (read.ok) return read.value;
  if (read.problem.kind !== 'not_found') return resultOfProblem(input.snapshot.id, read.problem);
  return detach(
    services,
    input,
    'issue_gone',
    'The issue was deleted, or the app may no longer see it. Retry creates a new one.',
  );
}

/** Remembers that an issue no longer stands where it was made. Never a decision, always visible to the administrator. */
async function detach(
  services: Services,
  input: SyncInput,
  code: 'issue_gone' | 'issue_detached',
  text: string,
): Promise<ApplyResult> {
  const { link, snapshot } = input;
  const failure = failureAt(code, text, services.now(), ISSUE_RETRY_SECONDS);
  if (link.failure?.code !== code) {
    await services.activity.add({
      kind: 'failure',
      code,
      text,
      cluster: link.cluster,
      requestId: link.requestId,
      issueId: link.issue.id,
      issueKey: link.issue.key,
    });
  }
  await services.links.writeWithSnapshot(
    {
      ...link,
      phase: 'detached',
      failure,
      state: snapshot.state,
      listedUntil: listedUntil(snapshot, services.now()),
    },
    snapshot,
  );
  if (input.outcome !== undefined) await services.decisions.remove(link.cluster, link.requestId);
  return resultOfFailure(snapshot.id, failure, services.now());
}

/** Shows what is asked for now, when it changed in Teleport while the request waits. */
async function rewriteContent(
  services: Services,
  input: SyncInput,
  link: IssueLink,
): Promise<IssueLink['shown'] | (Step & { done: false })> {
  const { snapshot } = input;
  if (snapshot.state !== 'PENDING' || snapshot.grantDigest === link.shown.grantDigest) return link.shown;
  const content = renderIssue(snapshot);
  const edited = await services.issues.edit(link.issue.id, content);
  if (!edited.ok) return stopped(input, edited.problem);
  const said = await services.issues.addComment(link.issue.id, changedComment(), {
    internal: input.stored.internalComments,
  });
  if (!said.ok) return stopped(input, said.problem);
  return {
    grantDigest: snapshot.grantDigest,
    contentDigest: contentDigest(content.summary, content.description),
    complete: content.complete,
  };
}

/**
 * Adds the comments that are missing. A comment of the app with the same words is the same comment: the words hold author
 * and time of a review, or the end of a request, which comes once.
 */
async function addComments(
  services: Services,
  input: SyncInput,
  issue: IssueView,
  appAccountId: string,
): Promise<Step> {
  const { snapshot, outcome } = input;
  const own = new Set(
    issue.comments
      .filter((comment) => comment.accountId === appAccountId)
      .map((comment) => normalise(comment.text)),
  );
  const wanted = [
    ...snapshot.reviews.map(reviewComment),
    outcome === undefined ? undefined : outcomeComment(outcome.outcome),
    resolutionComment(snapshot),
  ].filter((comment): comment is AdfDocument => comment !== undefined);
  for (const comment of wanted) {
    if (own.has(normalise(plainText(comment)))) continue;
    if (input.deadline.isOver()) {
      return {
        done: false,
        answer: { requestId: snapshot.id, result: 'deferred', seconds: 1, text: 'out of time in this call' },
      };
    }
    const added = await services.issues.addComment(issue.id, comment, {
      internal: input.stored.internalComments,
    });
    if (!added.ok) return stopped(input, added.problem);
  }
  return DONE;
}

function normalise(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Moves the card to where the request's state belongs, unless it asks for a decision that is still on its way. */
async function place(services: Services, input: SyncInput, issue: IssueView, link: IssueLink): Promise<Step> {
  const { stored, snapshot, outcome } = input;
  const target = slotOfState(snapshot.state);
  if (slotOfStatus(stored.settings, issue.statusId) === target) {
    if (input.isNew || snapshot.state === link.state) return DONE;
    const marked = await services.issues.setProperty(issue.id, propertyOf(snapshot, link.attemptId));
    return marked.ok ? DONE : stopped(input, marked.problem);
  }
  // Removed after it was decided: nothing to say and nowhere to go.
  if (snapshot.deletedAt !== undefined && snapshot.state === link.state) return DONE;
  if (snapshot.state === 'PENDING' && issue.lastMove !== undefined) {
    if (outcome === undefined) return DONE;
    const result = await putBack(services, {
      stored,
      link,
      snapshot,
      code: outcome.outcome.kind === 'recorded' ? undefined : 'refused_by_teleport',
      actor: issue.lastMove.accountId,
    });
    return result.ok ? DONE : stopped(input, result.problem);
  }
  const moved = await moveToStateSlot(services, stored.settings, {
    issueId: issue.id,
    snapshot,
    attemptId: link.attemptId,
  });
  switch (moved.kind) {
    case 'moved':
      return DONE;
    case 'problem':
      return stopped(input, moved.problem);
    case 'no_way':
      return {
        done: false,
        answer: {
          requestId: snapshot.id,
          result: 'failed',
          code: 'transition_missing',
          text: `${issue.key} cannot be moved: the workflow offers the app no transition to the ${target} status from where it is.`,
          retryAfterSeconds: 300,
        },
      };
  }
}

async function linkToTeleport(services: Services, input: SyncInput): Promise<Step> {
  const { snapshot, link } = input;
  if (!input.isNew || snapshot.teleportUrl === undefined) return DONE;
  const linked = await services.issues.linkToTeleport(link.issue.id, {
    requestId: snapshot.id,
    url: snapshot.teleportUrl,
    title: 'Access request in Teleport',
    resolved: snapshot.state !== 'PENDING',
  });
  // The description holds the same link; an issue is not held up for a convenience that Jira refused.
  if (linked.ok || linked.problem.kind === 'refused' || linked.problem.kind === 'not_found') return DONE;
  return stopped(input, linked.problem);
}

function stopped(input: SyncInput, problem: JiraProblem): Step & { done: false } {
  return { done: false, answer: resultOfProblem(input.snapshot.id, problem) };
}

/** Keeps what is known although not everything was done; the empty digest makes the next delivery go on. */
async function saveUnfinished(
  services: Services,
  input: SyncInput,
  link: IssueLink,
  answer: ApplyResult,
): Promise<ApplyResult> {
  const { snapshot } = input;
  const failed = answer.result === 'failed' ? answer : undefined;
  if (failed !== undefined && input.link.failure?.code !== failed.code) {
    await services.activity.add({
      kind: 'failure',
      code: failed.code,
      text: failed.text,
      cluster: link.cluster,
      requestId: link.requestId,
      issueId: link.issue.id,
      issueKey: link.issue.key,
    });
  }
  if (input.isNew || failed !== undefined) {
    const failure = failed && failureAt(failed.code, failed.text, services.now(), failed.retryAfterSeconds);
    await services.links.writeWithSnapshot({ ...link, syncDigest: '', failure }, snapshot);
  }
  return answer;
}

async function finish(
  services: Services,
  input: SyncInput,
  link: IssueLink,
  issue: IssueView,
): Promise<ApplyResult> {
  const { snapshot, outcome } = input;
  await services.links.writeWithSnapshot(
    {
      ...link,
      issue: { ...link.issue, key: issue.key },
      syncDigest: snapshot.syncDigest,
      state: snapshot.state,
      deletedAt: snapshot.deletedAt,
      listedUntil: listedUntil(snapshot, services.now()),
    },
    snapshot,
  );
  if (outcome !== undefined) await settleDecision(services, link, outcome);
  return {
    requestId: snapshot.id,
    result: input.isNew ? 'created' : 'updated',
    issueId: link.issue.id,
    issueKey: issue.key,
  };
}

/** Ends a decision whose outcome is known, with one entry for the administrator. */
async function settleDecision(services: Services, link: IssueLink, reported: ReportedOutcome): Promise<void> {
  const live = await services.decisions.read(link.cluster, link.requestId);
  if (live?.decision.id !== reported.decisionId) return;
  const { outcome } = reported;
  await services.activity.add({
    kind: outcome.kind === 'refused' ? 'refusal' : 'decision',
    code: outcome.kind === 'refused' ? outcome.code : outcome.kind,
    text:
      outcome.kind === 'refused'
        ? outcome.text
        : `The decision to ${live.decision.verdict} was ${outcome.kind.replace('_', ' ')}.`,
    cluster: link.cluster,
    requestId: link.requestId,
    issueId: link.issue.id,
    issueKey: link.issue.key,
    accountId: live.decision.actor.accountId,
    decisionId: live.decision.id,
  });
  await services.decisions.remove(link.cluster, link.requestId);
}
