import { REQUEST_STATES, stateRank, type RequestSnapshot } from '../../contract/access-request';
import type { ReportedOutcome } from '../../contract/decision';
import type { ApplyResult } from '../../contract/relay-inbox';
import { changedComment, outcomeComment, resolutionComment, reviewComment } from '../domain/comments';
import { contentDigest, renderIssue } from '../domain/issue-content';
import type { IssueLink } from '../domain/link';
import type { IssueSettings } from '../domain/routing';
import { slotOfState, slotOfStatus } from '../domain/settings';
import { closeLateDoubles } from './doubles';
import { tellEndAtOnce, type EndResult } from './end-in-one-call';
import { moveToStateSlot, propertyOf } from './issue-moves';
import { resultOfProblem } from './jira-problems';
import { detach, keepFinished, keepUnfinished, markUnfinished } from './keep-link';
import type { IssueView, JiraProblem, Services, StoredSettings } from './ports';
import { decisionNews } from './panel/tell';
import { whyNotFound } from './not-found';
import { linkPeople } from './link-people';
import { putBack } from './put-back-card';
import { say, type Saying } from './say';

/** One request to bring in step with the issue that stands for it. */
export interface SyncInput {
  stored: StoredSettings;
  /** What the stored settings mean for this issue and request. */
  settings: IssueSettings;
  link: IssueLink;
  snapshot: RequestSnapshot;
  /** The snapshot that was stored before, if any. */
  known: RequestSnapshot | undefined;
  /** The issue, when it was just read. */
  issue: IssueView | undefined;
  outcome: ReportedOutcome | undefined;
  isNew: boolean;
  /** Who is to watch a new issue, when that is known. */
  watchers?: readonly string[] | undefined;
}

/** What the steps share: the input, with the issue as read and the app's account. */
interface Work extends SyncInput {
  issue: IssueView;
  appAccountId: string;
  /** Whether the issue's property names the new state already. */
  isMarked: boolean;
}

/** A step either goes on, or ends the work with an answer for the relay. */
type Step = { done: true } | { done: false; answer: ApplyResult };

const DONE: Step = { done: true };

/**
 * Makes an issue say and be what Teleport says: content, comments for reviews, outcome and end, place on the board. Each
 * effect is recognised when it is already there, and the link record is written last. What is put off after words were written
 * is marked so, since another delivery may have written the same words and call the request in step: whoever comes next looks.
 */
export async function syncIssue(services: Services, input: SyncInput): Promise<ApplyResult> {
  const { link, snapshot } = input;
  if (!input.settings.isMapped) return keepUnfinished(services, input, link, unmapped(input));
  const end = await tellEnd(services, input);
  if (end.kind === 'problem') return resultOfProblem(snapshot.id, end.problem);
  const words = { mayBeWritten: end.kind === 'told' };
  const answer = await bringInStep(services, input, end, words);
  if (answer.result === 'deferred' && words.mayBeWritten) await markUnfinished(services, link);
  return answer;
}

async function bringInStep(
  services: Services,
  input: SyncInput,
  end: Exclude<EndResult, { kind: 'problem' }>,
  words: { mayBeWritten: boolean },
): Promise<ApplyResult> {
  const { link, snapshot } = input;
  const issue = end.kind === 'told' ? end.issue : (input.issue ?? (await readIssue(services, input)));
  if ('result' in issue) return issue;
  if (issue.projectId !== link.issue.projectId || issue.issueTypeId !== link.issue.issueTypeId) {
    return detach(services, input, 'issue_detached');
  }
  const app = await services.people.appAccountId();
  if (!app.ok) return resultOfProblem(snapshot.id, app.problem);
  const work: Work = { ...input, issue, appAccountId: app.value, isMarked: end.kind === 'told' };
  const next: IssueLink = { ...link, phase: 'linked', failure: undefined };
  if (!input.isNew) {
    const looked = await closeLateDoubles(services, input.stored, link, snapshot);
    // A double can wait for the daily sweep; that Jira asks to slow down concerns the rest of the work as well.
    if (!looked.ok && looked.problem.kind === 'rate_limited')
      return resultOfProblem(snapshot.id, looked.problem);
  }
  const steps: (() => Promise<Step>)[] = [
    async () => {
      const shown = await rewriteContent(services, work);
      if ('done' in shown) return shown;
      next.shown = shown;
      return DONE;
    },
    () => {
      words.mayBeWritten = true;
      return addComments(services, work);
    },
    () => place(services, work),
    () => linkToTeleport(services, work),
    () => addWatchers(services, work),
  ];
  for (const step of steps) {
    const result = await step();
    if (!result.done) return keepUnfinished(services, input, next, result.answer);
  }
  // What was written stands once.
  words.mayBeWritten = false;
  return keepFinished(services, input, { ...next, issue: { ...link.issue, key: issue.key } });
}

async function readIssue(services: Services, input: SyncInput): Promise<IssueView | ApplyResult> {
  const read = await services.issues.read(input.link.issue.id, { history: true });
  if (read.ok) return read.value;
  if (read.problem.kind !== 'not_found') return resultOfProblem(input.snapshot.id, read.problem);
  const why = await whyNotFound(services, input.link, read.problem);
  if (why.kind === 'detached') return detach(services, input, 'issue_gone');
  if (why.problem.kind !== 'not_found') return resultOfProblem(input.snapshot.id, why.problem);
  const text = 'The project of the issue was deleted or archived, or the app may no longer see it.';
  return keepUnfinished(services, input, input.link, unusable(input, text));
}

function tellEnd(services: Services, input: SyncInput): Promise<EndResult> | EndResult {
  return input.isNew || input.issue !== undefined ? { kind: 'look_first' } : tellEndAtOnce(services, input);
}

function unmapped(input: SyncInput): ApplyResult {
  const text =
    'The settings no longer say what the statuses of the issue’s project and type mean. Add them to the projects and statuses.';
  return unusable(input, text);
}

function unusable(input: SyncInput, text: string): ApplyResult {
  const { snapshot } = input;
  return { requestId: snapshot.id, result: 'failed', code: 'project_unusable', text, retryAfterSeconds: 300 };
}

/** Shows what is asked for now, when it changed in Teleport while the request waits. */
async function rewriteContent(
  services: Services,
  work: Work,
): Promise<IssueLink['shown'] | (Step & { done: false })> {
  const { snapshot, link, issue } = work;
  if (snapshot.state !== 'PENDING' || snapshot.grantDigest === link.shown.grantDigest) return link.shown;
  const content = renderIssue(snapshot);
  const rendered = contentDigest(content.summary, content.description);
  if (contentDigest(issue.summary, issue.description) !== rendered) {
    // What was said of an earlier change was said before that change was marked.
    const since = link.shown.at + 1;
    const said = await sayOnIssue(services, work, [{ comment: changedComment(), since }]);
    if (said !== undefined) return stopped(work, said);
    const edited = await services.issues.edit(issue.id, content);
    if (!edited.ok) return stopped(work, edited.problem);
  }
  const marked = await services.issues.setProperty(issue.id, propertyOf(snapshot, link.attemptId));
  if (!marked.ok) return stopped(work, marked.problem);
  const read = await services.issues.read(issue.id, { history: true });
  if (!read.ok) return stopped(work, read.problem);
  const isOurs = read.value.lastEditor === undefined || read.value.lastEditor === work.appAccountId;
  return {
    grantDigest: snapshot.grantDigest,
    contentDigest: isOurs ? contentDigest(read.value.summary, read.value.description) : rendered,
    complete: content.complete,
    at: services.now(),
  };
}

/** Adds the comments that are missing: reviews, what became of a decision, and the end of the request. */
async function addComments(services: Services, work: Work): Promise<Step> {
  const { snapshot, outcome } = work;
  const comments = [
    ...snapshot.reviews.map(reviewComment),
    ...(await decisionNews(services, work)),
    outcome === undefined ? undefined : outcomeComment(outcome),
    resolutionComment(snapshot),
  ];
  const earlierEnds = REQUEST_STATES.filter((state) => stateRank(state) < stateRank(snapshot.state));
  const problem = await sayOnIssue(services, work, [
    ...comments.flatMap((comment) => (comment === undefined ? [] : [{ comment }])),
    // Two deliveries at once may have told an earlier end, and been cut off before one took its words back.
    ...earlierEnds.flatMap((state) => {
      const comment = resolutionComment({ ...snapshot, state });
      return comment === undefined ? [] : [{ comment, isPast: true }];
    }),
  ]);
  return problem === undefined ? DONE : stopped(work, problem);
}

async function sayOnIssue(
  services: Services,
  work: Work,
  sayings: readonly Saying[],
): Promise<JiraProblem | undefined> {
  const { issue, appAccountId, settings } = work;
  const audience = {
    issueId: issue.id,
    known: issue.comments,
    appAccountId,
    internal: settings.internalComments,
  };
  const said = await say(services, audience, sayings);
  return said.ok ? undefined : said.problem;
}

/** Moves the card to where the request's state belongs, unless it asks for a decision that is still on its way. */
async function place(services: Services, work: Work): Promise<Step> {
  const { settings, snapshot, link, issue } = work;
  const target = slotOfState(snapshot.state);
  if (slotOfStatus(settings, issue.statusId) === target) {
    if (work.isNew || work.isMarked || snapshot.state === link.state) return DONE;
    const marked = await services.issues.setProperty(issue.id, propertyOf(snapshot, link.attemptId));
    return marked.ok ? DONE : stopped(work, marked.problem);
  }
  // Removed after it was decided: nothing to say and nowhere to go.
  if (snapshot.deletedAt !== undefined && snapshot.state === link.state) return DONE;
  if (snapshot.state === 'PENDING' && issue.lastMove !== undefined) return answerMove(services, work);
  return moveOn(services, work);
}

/** What the card of a pending request asked for: only the outcome of that very move brings it back to the pending slot. */
async function answerMove(services: Services, work: Work): Promise<Step> {
  const { issue, outcome } = work;
  const isOfMove = outcome?.decisionId === `c:${issue.id}:${issue.lastMove?.historyId ?? ''}`;
  if (!isOfMove) return DONE;
  if (outcome.outcome.kind === 'recorded') return moveOn(services, work);
  if (outcome.outcome.kind !== 'refused') return DONE;
  const result = await putBack(services, {
    ...work,
    code: 'refused_by_teleport',
    move: issue.lastMove,
    isTold: true,
  });
  return result.ok ? DONE : stopped(work, result.problem);
}

async function moveOn(services: Services, work: Work): Promise<Step> {
  const { settings, snapshot, link, issue } = work;
  const target = { issueId: issue.id, snapshot, attemptId: link.attemptId };
  const moved = await moveToStateSlot(services, settings, target);
  switch (moved.kind) {
    case 'moved':
      return DONE;
    case 'problem':
      return stopped(work, moved.problem);
    case 'no_way':
      return {
        done: false,
        answer: {
          requestId: snapshot.id,
          result: 'failed',
          code: 'transition_missing',
          text: `${issue.key} cannot be moved: the workflow offers the app no transition to the ${slotOfState(snapshot.state)} status from where it is.`,
          retryAfterSeconds: 300,
        },
      };
  }
}

async function linkToTeleport(services: Services, work: Work): Promise<Step> {
  const { snapshot, link } = work;
  // Written once for the pending request and once for its end; after a failure it is not known which.
  const isAsWas = link.syncDigest !== '' && (link.state === 'PENDING') === (snapshot.state === 'PENDING');
  if (isAsWas || snapshot.teleportUrl === undefined) return DONE;
  const linked = await services.issues.linkToTeleport(link.issue.id, {
    requestId: snapshot.id,
    url: snapshot.teleportUrl,
    title: 'Access request in Teleport',
    resolved: snapshot.state !== 'PENDING',
  });
  // The description holds the same link; an issue is not held up for a convenience that Jira refused.
  if (linked.ok || linked.problem.kind === 'refused' || linked.problem.kind === 'not_found') return DONE;
  return stopped(work, linked.problem);
}

/** Once, when the issue is new. That somebody may not watch, or the app not make them, holds nothing up. */
async function addWatchers(services: Services, work: Work): Promise<Step> {
  if (!work.isNew) return DONE;
  const watchers = work.watchers ?? (await linkPeople(services, work.settings, work.snapshot)).watchers;
  // One after the other: Jira bounds writes to one issue, and an invocation that dies in between dies at a known place.
  for (const accountId of watchers) {
    const added = await services.issues.addWatcher(work.issue.id, accountId);
    if (!added.ok) services.log.warn('a watcher could not be added', { problem: added.problem.kind });
  }
  return DONE;
}

function stopped(input: SyncInput, problem: JiraProblem): Step & { done: false } {
  return { done: false, answer: resultOfProblem(input.snapshot.id, problem) };
}
