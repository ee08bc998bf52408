import { doc, inline, paragraph } from '../../domain/adf';
import type { Known, Probe, SlotIds } from '../../domain/provision/run';
import { SLOTS } from '../../domain/settings';
import type { ProvisionServices } from './ports';
import { done, failed, missing, stopped, type StepContext, type StepOutcome } from './step';

/** What the app must be allowed to do in the project (Jira's built-in permission keys). */
export const NEEDED_PERMISSIONS = [
  'BROWSE_PROJECTS',
  'CREATE_ISSUES',
  'EDIT_ISSUES',
  'TRANSITION_ISSUES',
  'ADD_COMMENTS',
  'LINK_ISSUES',
];
const SUMMARY = 'Set-up check: not a request';
const EXPLANATION =
  'The set-up made this issue to see whether the project works. It is no request and may be deleted.';
/** How often an issue that may exist is searched for before another one is made. */
const MAX_SEARCHES = 3;
const SEARCH_AGAIN_SECONDS = 3;

/** What the verification needs; it asks as the app only. */
export interface VerifyContext extends Pick<StepContext, 'known' | 'deadline' | 'remember'> {
  services: Pick<ProvisionServices, 'proof' | 'newId'>;
}

/** Looks at the project as the app sees it, and proves it once with an issue of its own. */
export async function verify(context: VerifyContext): Promise<StepOutcome> {
  const { services, known } = context;
  const { project, statusIds, issueTypeId } = known;
  if (project === undefined || statusIds === undefined || issueTypeId === undefined)
    return missing('The project');
  const types = await services.proof.typesOf(project.id);
  if (!types.ok) {
    if (types.problem.kind !== 'not_found') return stopped(types.problem);
    return failed(
      `The app cannot see project ${project.key}. Give the role atlassian-addons-project-access access to it.`,
    );
  }
  const type = types.value.find(({ id }) => id === issueTypeId);
  if (type === undefined)
    return failed(`Project ${project.key} lacks the work type for requests. Its scheme was changed.`);
  const wanting = SLOTS.filter((slot) => !type.statuses.some(({ id }) => id === statusIds[slot]));
  if (wanting.length > 0)
    return failed(`The workflow of project ${project.key} lacks the status for: ${wanting.join(', ')}.`);
  const denied = await services.proof.missingPermissions(project.id, NEEDED_PERMISSIONS);
  if (!denied.ok) return stopped(denied.problem);
  if (denied.value.length > 0)
    return failed(
      `The app lacks permissions in the project: ${denied.value.join(', ')}. Grant them to the role atlassian-addons-project-access.`,
    );
  const unfilled = await services.proof.unfilledFields(project.id, issueTypeId);
  if (!unfilled.ok) return stopped(unfilled.problem);
  if (unfilled.value.length > 0)
    return failed(`The work type requires fields that the app does not fill: ${unfilled.value.join(', ')}.`);
  if (known.probe?.projectId === project.id && known.probe.state === 'closed')
    return done('found', 'The project is as it should be. It was proved with an issue before.', {
      ...(known.probe.issue && { path: `/browse/${known.probe.issue.key}` }),
    });
  return probeIssue(context, { project, statusIds, issueTypeId });
}

interface ProbePlace {
  project: { id: string; key: string };
  statusIds: SlotIds;
  issueTypeId: string;
}

/** Creates an issue as the app, which must land in Pending with a way to each outcome, and moves it to Expired. */
async function probeIssue(context: VerifyContext, place: ProbePlace): Promise<StepOutcome> {
  const { services, known, deadline } = context;
  const former = known.probe?.projectId === place.project.id ? known.probe : undefined;
  let probe = former;
  if (probe?.state === 'creating') {
    const found = await services.proof.findIssue(probe.attemptId);
    if (!found.ok) return stopped(found.problem);
    const issue = found.value;
    if (issue === undefined && probe.searches < MAX_SEARCHES) {
      await context.remember({ probe: { ...probe, searches: probe.searches + 1 } });
      const text = 'It is uncertain whether the test issue was made; looking for it.';
      return { kind: 'later', seconds: SEARCH_AGAIN_SECONDS, text };
    }
    if (issue !== undefined) probe = { ...probe, state: 'created', issue: { id: issue.id, key: issue.key } };
  }
  if (probe?.issue === undefined) {
    if (deadline.isOver()) return outOfTime();
    const attempt: Probe = {
      ...{ projectId: place.project.id, attemptId: services.newId(), state: 'creating', searches: 0 },
    };
    await context.remember({ probe: attempt });
    const created = await services.proof.createIssue({
      ...{ projectId: place.project.id, issueTypeId: place.issueTypeId, attemptId: attempt.attemptId },
      ...{ summary: SUMMARY, description: doc(paragraph(inline(EXPLANATION))) },
    });
    if (!created.ok) {
      if (created.problem.kind !== 'uncertain')
        await context.remember({ probe: { ...attempt, state: 'refused' } });
      return stopped(created.problem);
    }
    probe = { ...attempt, state: 'created', issue: created.value };
    await context.remember({ probe });
  }
  return closeProbe(context, place, probe);
}

async function closeProbe(context: VerifyContext, place: ProbePlace, probe: Probe): Promise<StepOutcome> {
  const { services, deadline } = context;
  const { statusIds } = place;
  if (probe.issue === undefined) return missing('The test issue');
  const { id, key } = probe.issue;
  const closed: Known = { probe: { ...probe, state: 'closed' } };
  const path = `/browse/${key}`;
  const issue = await services.proof.readIssue(id);
  if (!issue.ok) return stopped(issue.problem);
  // An earlier call was cut off after moving it.
  if (issue.value.statusId === statusIds.expired)
    return done('created', `The project works: ${key} was made, was Pending, and is closed.`, {
      path,
      known: closed,
    });
  if (issue.value.statusId !== statusIds.pending)
    return failed(
      `New issues do not start in Pending: ${key} started elsewhere. Let the workflow create issues there.`,
    );
  const offered = await services.proof.waysOf(id);
  if (!offered.ok) return stopped(offered.problem);
  const absent = (['approved', 'denied', 'expired'] as const).filter(
    (slot) => !offered.value.some(({ toStatusId }) => toStatusId === statusIds[slot]),
  );
  if (absent.length > 0)
    return failed(
      `The workflow offers the app no transition from Pending to: ${absent.join(', ')} (see ${key}).`,
    );
  const way = offered.value.find(({ toStatusId }) => toStatusId === statusIds.expired);
  if (way === undefined) return missing('The way to Expired');
  if (deadline.isOver()) return outOfTime();
  if (!issue.value.comments.some((text) => text.trim() === EXPLANATION)) {
    const said = await services.proof.comment(id, doc(paragraph(inline(EXPLANATION))));
    if (!said.ok) return stopped(said.problem);
  }
  if (deadline.isOver()) return outOfTime();
  const moved = await services.proof.move(id, way);
  if (!moved.ok) return stopped(moved.problem);
  return done('created', `The project works: ${key} was made, was Pending, and is closed.`, {
    path,
    known: closed,
  });
}

function outOfTime(): StepOutcome {
  return { kind: 'later', seconds: 1, text: 'Out of time in this call.' };
}
