import type { RequestSnapshot, RequestState } from '../../contract/access-request';
import type { IssueSettings } from '../domain/routing';
import { slotOfState, type Slot } from '../domain/settings';
import type { IssueProperty, JiraProblem, JiraResult, Services, TransitionView } from './ports';

/** The outcome of moving an issue to a slot. */
export type MoveResult =
  | { kind: 'moved' }
  /** The workflow offers the app no transition there from where the issue is. */
  | { kind: 'no_way' }
  | { kind: 'problem'; problem: JiraProblem };

/** Jira takes at most 32,768 characters of a property's JSON (Jira REST v3, entity properties); the roles share most of it. */
const MAX_ROLES_JSON = 20_000;

/** The property that an issue of this request carries. Of very many roles it names the first ones. */
export function propertyOf(snapshot: RequestSnapshot, attemptId: string): IssueProperty {
  let size = 0;
  const roles = snapshot.roles.filter((role) => (size += JSON.stringify(role).length + 1) <= MAX_ROLES_JSON);
  const { id, cluster, user, state } = snapshot;
  return { requestId: id, cluster, user, roles, state, attemptId };
}

/** A way to the slot of a request's state: the transition, and what it sets. */
export interface Way {
  transition: TransitionView;
  wanted: readonly string[];
  /** `null` to clear what an earlier end had set. */
  resolutionId: string | null | undefined;
  /** Set when the transition only leads back to the pending slot, from where another one leads on. */
  onward?: { settings: IssueSettings; state: RequestState };
}

/**
 * Finds the transition to the slot of a state, chosen by target status id. A workflow made for requests leads to every end
 * from the pending slot alone, so a card that somebody moved elsewhere meanwhile goes there first.
 *
 * @returns no way when the workflow offers the app none from where the issue is.
 */
export async function findWay(
  services: Pick<Services, 'issues'>,
  settings: IssueSettings,
  issueId: string,
  state: RequestState,
): Promise<JiraResult<Way | undefined>> {
  const slot = slotOfState(state);
  const wanted = settings.slots[slot];
  const transitions = await services.issues.transitions(issueId);
  if (!transitions.ok) return transitions;
  const transition = chooseTransition(transitions.value, wanted);
  if (transition !== undefined) {
    const resolutionId = chooseResolution(transition, slot, settings);
    return { ok: true, value: { transition, wanted, resolutionId } };
  }
  const { pending } = settings.slots;
  const back = slot === 'pending' ? undefined : chooseTransition(transitions.value, pending);
  const value = back && {
    transition: back,
    wanted: pending,
    resolutionId: chooseResolution(back, 'pending', settings),
    onward: { settings, state },
  };
  return { ok: true, value };
}

/**
 * Takes a way and sets resolution and property with it. When Jira refuses, being there already is success. A way by the
 * pending slot that ends there leaves the card for the next attempt to lead on.
 */
export async function takeWay(
  services: Pick<Services, 'issues'>,
  way: Way,
  input: { issueId: string; property: IssueProperty },
): Promise<JiraResult<void>> {
  const taken = await takeTransition(services, way, input);
  if (!taken.ok || way.onward === undefined) return taken;
  const { settings, state } = way.onward;
  const next = await findWay(services, settings, input.issueId, state);
  if (!next.ok) return next;
  if (next.value !== undefined && next.value.onward === undefined)
    return takeTransition(services, next.value, input);
  const detail =
    'the workflow offers the app no transition from the pending status to where the card belongs';
  return { ok: false, problem: { kind: 'refused', status: 409, fields: [], detail } };
}

async function takeTransition(
  services: Pick<Services, 'issues'>,
  way: Way,
  input: { issueId: string; property: IssueProperty },
): Promise<JiraResult<void>> {
  const take = (resolutionId: Way['resolutionId']) =>
    services.issues.transition(input.issueId, {
      transitionId: way.transition.id,
      resolutionId,
      property: input.property,
    });
  const asWished = await take(way.resolutionId);
  // That the card goes back matters more than that an old resolution goes with it.
  const done = way.resolutionId === null && isAboutResolution(asWished) ? await take(undefined) : asWished;
  if (done.ok || done.problem.kind === 'rate_limited') return done;
  const issue = await services.issues.read(input.issueId);
  const hasArrived = issue.ok && way.wanted.includes(issue.value.statusId);
  return hasArrived ? services.issues.setProperty(input.issueId, input.property) : done;
}

function isAboutResolution(result: JiraResult<void>): boolean {
  return !result.ok && result.problem.kind === 'refused' && result.problem.fields.includes('resolution');
}

/**
 * Whether an issue stands in the slot of a state now. When no transition leads there, another invocation may have taken it
 * since the issue was read.
 */
export async function standsInSlot(
  services: Pick<Services, 'issues'>,
  settings: IssueSettings,
  issueId: string,
  state: RequestState,
): Promise<JiraResult<boolean>> {
  const issue = await services.issues.read(issueId);
  if (!issue.ok) return issue;
  return { ok: true, value: settings.slots[slotOfState(state)].includes(issue.value.statusId) };
}

/** Moves an issue to the slot of the request's state, by way of the pending slot where no transition leads there directly. */
export async function moveToStateSlot(
  services: Pick<Services, 'issues'>,
  settings: IssueSettings,
  input: { issueId: string; snapshot: RequestSnapshot; attemptId: string },
): Promise<MoveResult> {
  const { issueId, snapshot, attemptId } = input;
  const way = await findWay(services, settings, issueId, snapshot.state);
  if (!way.ok) return { kind: 'problem', problem: way.problem };
  if (way.value === undefined) {
    const there = await standsInSlot(services, settings, issueId, snapshot.state);
    if (!there.ok) return { kind: 'problem', problem: there.problem };
    return { kind: there.value ? 'moved' : 'no_way' };
  }
  const moved = await takeWay(services, way.value, { issueId, property: propertyOf(snapshot, attemptId) });
  return moved.ok ? { kind: 'moved' } : { kind: 'problem', problem: moved.problem };
}

/** The best transition to one of the wanted statuses: the first status first, then the one that asks least. */
function chooseTransition(
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

function chooseResolution(
  transition: TransitionView,
  slot: Slot,
  settings: IssueSettings,
): string | null | undefined {
  const offered = transition.resolutionIds;
  if (offered === undefined) return undefined;
  // A request that is pending again is unresolved for every board and report.
  if (slot === 'pending') return transition.resolutionRequired ? undefined : null;
  const wanted = settings.resolutions[slot];
  if (wanted !== undefined && offered.includes(wanted)) return wanted;
  return transition.resolutionRequired ? offered[0] : undefined;
}
