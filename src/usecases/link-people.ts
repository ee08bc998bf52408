import type { RequestSnapshot } from '../../contract/access-request';
import { linkedByTable, peopleOnIssue, usersToLink, type PeopleOnIssue } from '../domain/people-links';
import type { IssueSettings } from '../domain/routing';
import type { Services } from './ports';

/**
 * Whom a new issue shows: accounts that an administrator linked, and, where the settings allow it, those whose visible e-mail
 * is the Teleport user's name. Jira is asked only for the latter, and whatever it does not answer leaves somebody out: no
 * issue waits for a courtesy.
 */
export async function linkPeople(
  services: Pick<Services, 'people' | 'log'>,
  settings: IssueSettings,
  snapshot: RequestSnapshot,
): Promise<PeopleOnIssue> {
  const accounts = new Map<string, string>();
  for (const user of usersToLink(settings, snapshot)) {
    const linked = linkedByTable(settings.people, user);
    if (linked !== undefined) accounts.set(user, linked);
    else if (settings.linkByEmail && user.includes('@')) {
      const found = await services.people.findByEmail(user);
      if (found.ok && found.value !== undefined) accounts.set(user, found.value);
      if (!found.ok) services.log.warn('an account could not be looked up', { problem: found.problem.kind });
    }
  }
  return peopleOnIssue(settings, snapshot, accounts);
}
