import type { RequestSnapshot } from '../../contract/access-request';
import {
  MATCHED,
  placeOf,
  type ProjectMapping,
  type RoutingMatch,
  type RoutingRule,
  type RoutingTarget,
  type Settings,
} from './settings';

/** What rules look at in a request. */
export type RoutedRequest = Pick<RequestSnapshot, 'cluster' | 'user' | 'roles'> & {
  resources: readonly { kind: string; name: string; friendlyName?: string | undefined }[];
};

/** Where a request goes: by which rule (none for the catch-all), and why the rules before it did not count. */
export interface Routing {
  rule: RoutingRule | undefined;
  target: RoutingTarget;
  passedOver: { rule: RoutingRule; because: keyof RoutingMatch }[];
}

/** The rule that a request hits. Depends on the settings and the request alone. */
export function routeRequest(settings: Settings, request: RoutedRequest): Routing {
  const passedOver: Routing['passedOver'] = [];
  for (const rule of settings.rules) {
    const because = mismatchOf(rule.match, request);
    if (because === undefined) return { rule, target: rule.then, passedOver };
    passedOver.push({ rule, because });
  }
  return { rule: undefined, target: settings.catchAll, passedOver };
}

function mismatchOf(match: RoutingMatch, request: RoutedRequest): keyof RoutingMatch | undefined {
  const values: Record<keyof RoutingMatch, readonly string[]> = {
    clusters: [request.cluster],
    requesters: [request.user],
    roles: request.roles,
    resourceKinds: request.resources.map(({ kind }) => kind),
    resourceNames: request.resources.flatMap(({ name, friendlyName }) => [name, friendlyName ?? name]),
  };
  return MATCHED.find((list) => {
    const patterns = match[list];
    return (
      patterns.length > 0 && !patterns.some((pattern) => values[list].some((value) => fits(pattern, value)))
    );
  });
}

/**
 * Whether a text fits a pattern in which `*` stands for any text and `?` for one character; case does not matter. Walks
 * both once with one point of return, so that no pattern takes long.
 */
export function fits(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern.toLowerCase());
  const given = Array.from(text.toLowerCase());
  let star = -1;
  let resumeAt = 0;
  let place = 0;
  for (let index = 0; index < given.length;) {
    if (wanted[place] === '*') {
      star = place;
      resumeAt = index;
      place += 1;
    } else if (place < wanted.length && (wanted[place] === '?' || wanted[place] === given[index])) {
      place += 1;
      index += 1;
    } else if (star >= 0) {
      place = star + 1;
      resumeAt += 1;
      index = resumeAt;
    } else return false;
  }
  return wanted.slice(place).every((character) => character === '*');
}

/** What holds for one issue: the meaning of its statuses where it stands, and what the rules say of its request now. */
export interface IssueSettings
  extends
    Pick<
      Settings,
      | 'people'
      | 'linkByEmail'
      | 'suggestedReviewers'
      | 'strictMode'
      | 'denyNeedsReason'
      | 'sendApproverEmail'
      | 'approveWithinMinutes'
      | 'denyWithinHours'
    >,
    Pick<RoutingTarget, 'approvers' | 'labels' | 'watchers' | 'dueDate'>,
    ProjectMapping {
  /** False when the settings have no meaning for statuses of this project and type: nothing is decided or moved then. */
  isMapped: boolean;
  /** Comments in a service project are shown to customers unless marked as internal. */
  internalComments: boolean;
}

const NO_SLOTS: ProjectMapping['slots'] = { pending: [], approved: [], denied: [], expired: [] };

/**
 * What holds for an issue of a project and type that stands for a request. An issue stays where it was made and is judged by
 * the statuses of its own project, whatever the rules say now of where new ones go; who may decide is what they say now.
 */
export function settingsForIssue(
  stored: { settings: Settings; serviceProjectIds: readonly string[] },
  place: { projectId: string; issueTypeId: string },
  request: RoutedRequest,
): IssueSettings {
  const { settings } = stored;
  const { approvers, labels, watchers, dueDate } = routeRequest(settings, request).target;
  const { people, strictMode, denyNeedsReason, sendApproverEmail, approveWithinMinutes, denyWithinHours } =
    settings;
  const { linkByEmail, suggestedReviewers } = settings;
  const mapping = mappingOf(settings, place);
  return {
    ...{ people, strictMode, denyNeedsReason, sendApproverEmail, approveWithinMinutes, denyWithinHours },
    ...{ approvers, labels, watchers, dueDate, linkByEmail, suggestedReviewers },
    projectId: place.projectId,
    issueTypeId: place.issueTypeId,
    slots: mapping?.slots ?? NO_SLOTS,
    resolutions: mapping?.resolutions ?? {},
    defaults: mapping?.defaults ?? {},
    isMapped: mapping !== undefined,
    internalComments: stored.serviceProjectIds.includes(place.projectId),
  };
}

/** The mapping of a project and issue type, if there is one. */
export function mappingOf(
  settings: Settings,
  place: { projectId: string; issueTypeId: string },
): ProjectMapping | undefined {
  return settings.mappings.find((mapping) => placeOf(mapping) === placeOf(place));
}
