import { randomBytes, randomUUID } from 'node:crypto';
import type { Account } from '../model';
import type { JiraStore } from '../store';

/** A person of the sandbox with a throw-away API token. */
export interface SandboxPerson {
  accountId: string;
  displayName: string;
  email: string;
  token: string;
}

/** Groups of the seeded site. */
export interface SeededGroups {
  administrators: string;
  users: string;
  approvers: string;
  viewers: string;
}

const SITE_ADMINS = 'site-admins';
const USERS = 'jira-users';
const APPROVERS = 'teleport-approvers';
const VIEWERS = 'jira-viewers';

/** Creates the groups and the cast. */
export function seedPeople(store: JiraStore): {
  people: Record<string, SandboxPerson>;
  groups: SeededGroups;
} {
  const group = (name: string): string => {
    const groupId = randomUUID();
    store.groups.set(groupId, { groupId, name });
    return groupId;
  };
  const groups: SeededGroups = {
    administrators: group(SITE_ADMINS),
    users: group(USERS),
    approvers: group(APPROVERS),
    viewers: group(VIEWERS),
  };
  const people: Record<string, SandboxPerson> = {};
  const person = (name: string, groupIds: string[], more: Partial<Account> = {}): void => {
    const accountId = `712020:${randomUUID()}`;
    const displayName = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const email = `${name}@example.com`;
    store.accounts.set(accountId, {
      accountId,
      displayName,
      email,
      emailVisible: false,
      accountType: 'atlassian',
      active: true,
      guest: false,
      groupIds,
      ...more,
    });
    people[name] = { accountId, displayName, email, token: randomBytes(18).toString('base64url') };
  };
  person('admin', [groups.administrators, groups.users]);
  person('bob', [groups.users, groups.approvers], { emailVisible: true });
  person('carol', [groups.users, groups.approvers]);
  person('alice', [groups.users], { emailVisible: true });
  person('erin', [groups.users], { emailVisible: true });
  person('viewer', [groups.viewers]);
  person('guest', [groups.approvers], { guest: true, emailVisible: true });
  person('inactive', [groups.users, groups.approvers], { active: false });
  person('customer', [], { accountType: 'customer' });
  return { people, groups };
}

/** The groups by their names in Jira. */
export function groupsByName(groups: SeededGroups): Record<string, string> {
  return {
    [SITE_ADMINS]: groups.administrators,
    [USERS]: groups.users,
    [APPROVERS]: groups.approvers,
    [VIEWERS]: groups.viewers,
  };
}
