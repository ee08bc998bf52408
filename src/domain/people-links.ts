import type { IssueSettings } from './routing';

/** Jira accounts that a new issue shows, by their links to Teleport users. They are shown only and decide nothing. */
export interface PeopleOnIssue {
  reporter?: string | undefined;
  assignee?: string | undefined;
  watchers: string[];
}

/** Most suggested reviewers of a request that are looked up. */
const MAX_REVIEWERS = 10;

/** Teleport users whose accounts are wanted: the requester first, then suggested reviewers where the settings use them. */
export function usersToLink(
  { suggestedReviewers }: Pick<IssueSettings, 'suggestedReviewers'>,
  request: { user: string; suggestedReviewers: readonly string[] },
): string[] {
  const reviewers = suggestedReviewers === 'nothing' ? [] : request.suggestedReviewers;
  return [...new Set([request.user, ...reviewers.slice(0, MAX_REVIEWERS)])];
}

/** The account that an administrator linked to a Teleport user. */
export function linkedByTable(people: IssueSettings['people'], teleportUser: string): string | undefined {
  return people.find((person) => person.teleportUser === teleportUser)?.accountId;
}

/** Who an issue shows, given the accounts that are known by Teleport user. */
export function peopleOnIssue(
  settings: Pick<IssueSettings, 'suggestedReviewers' | 'watchers'>,
  request: { user: string; suggestedReviewers: readonly string[] },
  accounts: ReadonlyMap<string, string>,
): PeopleOnIssue {
  const reporter = accounts.get(request.user);
  const reviewers = request.suggestedReviewers.flatMap((user) => accounts.get(user) ?? []);
  const linked = [...(reporter === undefined ? [] : [reporter])];
  if (settings.suggestedReviewers === 'watchers') linked.push(...reviewers);
  return {
    reporter,
    assignee: settings.suggestedReviewers === 'assignee' ? reviewers[0] : undefined,
    watchers: [...new Set([...settings.watchers, ...linked])],
  };
}
