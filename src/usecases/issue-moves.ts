import type { RequestSnapshot } from '../../contract/access-request';
import { slotOfState, type Settings, type Slot } from '../domain/settings';
import type { IssueProperty, JiraProblem, JiraResult, Services, TransitionView } from './ports';

/** The outcome of moving an issue to a slot. */
export type MoveResult =
  | { kind: 'moved' }
  /** The workflow offers the app no transition there from where the issue is. */
  | { kind: 'no_way' }
  | { kind: 'problem'; problem: JiraProblem };

/** The property that an issue of this request carries. */
export function propertyOf(snapshot: RequestSnapshot, attemptId: string): IssueProperty {
  return {
    requestId: snapshot.id,
    cluster: snapshot.cluster,
    user: snapshot.user,
    roles: snapshot.roles.slice(0, 100),
    state: snapshot.state,
    attemptId,
  };
}

/**
 * Moves an issue to the slot of the request's state by one transition, chosen by target status id, and sets resolution
 * and property with it. When Jira refuses, the issue is read back: being there already is success.
 */
export async function moveToStateSlot(
  services: Pick<Services, 'issues'>,
  settings: Settings,
  input: { issueId: string; snapshot: RequestSnapshot; attemptId: string },
): Promise<MoveResult> {
  const slot = slotOfState(input.snapshot.state);
  const wanted = settings.slots[slot];
  const transitions = await services.issues.transitions(input.issueId);
  if (!transitions.ok) return { kind: 'problem', problem: transitions.problem };
  const chosen = chooseTransition(transitions.value, wanted);
  if (chosen === undefined) return { kind: 'no_way' };
  const done = await services.issues.transition(input.issueId, {
    transitionId: chosen.id,
    resolutionId: chooseResolution(chosen, slot, settings),
    property: propertyOf(input.snapshot, input.attemptId),
  });
  if (done.ok) return { kind: 'moved' };
  return checkArrival(services, input.issueId, wanted, done);
}

async function checkArrival(
  services: Pick<Services, 'issues'>,
  issueId: string,
  wanted: readonly string[],
  failed: JiraResult<void> & { ok: false },
): Promise<MoveResult> {
  if (failed.problem.kind === 'rate_limited') return { kind: 'problem', problem: failed.problem };
  const issue = await services.issues.read(issueId);
  if (issue.ok && wanted.includes(issue.value.statusId)) return { kind: 'moved' };
  return { kind: 'problem', problem: failed.problem };
}

/** The best transition to one of the wanted statuses: the first status first, then the one that asks least. */
export function chooseTransition(
  offered: readonly TransitionView[],
  wanted: readonly string[],
): TransitionView | undefined {
  const usable = offered.filter(
    (transition) => wanted.includes(transition.toStatusId) && !transition.needsOtherFields,
  );
  const burden = (transition: TransitionView) =>
    wanted.indexOf(transition.toStatusId) * 4 +
    (transition.resolutionRequired ? 2 : 0) +
    (transition.hasScreen ? 1 : 0);
  return [...usable].sort((a, b) => burden(a) - burden(b))[0];
}

function chooseResolution(transition: TransitionView, slot: Slot, settings: Settings): string | undefined {
  const offered = transition.resolutionIds;
  if (offered === undefined || slot === 'pending') return undefined;
  const wanted = settings.resolutions[slot];
  if (wanted !== undefined && offered.includes(wanted)) return wanted;
  return transition.resolutionRequired ? offered[0] : undefined;
}
