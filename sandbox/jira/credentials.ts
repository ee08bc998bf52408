import { randomBytes, randomUUID } from 'node:crypto';
import type { Account, AppInstallation } from './model';
import type { SandboxPerson } from './seed/people';
import type { JiraPrincipal } from './site';
import type { JiraStore } from './store';

/** Who makes a call. */
export type Caller =
  | { kind: 'person'; account: Account; app: undefined }
  /** `user`: the app acts for the account's owner. */
  | { kind: 'app' | 'user'; account: Account; app: AppInstallation };

/** The role of every app's system user in every company-managed project. */
export const APP_ROLE_NAME = 'atlassian-addons-project-access';

/** Knows people by `email:token` and apps by bearer tokens; both are throw-away and live in memory only. */
export class Credentials {
  private readonly secrets = new Map<string, AppInstallation>();
  private readonly personByAuthorization = new Map<string, string>();

  constructor(
    private readonly store: JiraStore,
    readonly people: Readonly<Record<string, SandboxPerson>>,
  ) {
    for (const { email, token, accountId } of Object.values(people))
      this.personByAuthorization.set(basic(email, token), accountId);
  }

  /**
   * Puts an app on the site: a system user, in the app role of every project. An app of the same name is upgraded: it keeps
   * its user and gets the new scopes.
   */
  installApp(name: string, scopes: readonly string[]): AppInstallation {
    const present = this.store.apps.find((app) => app.name === name);
    if (present !== undefined) {
      present.scopes = scopes;
      return present;
    }
    const app: AppInstallation = { name, accountId: `557058:${randomUUID()}`, scopes };
    this.store.accounts.set(app.accountId, {
      accountId: app.accountId,
      displayName: name,
      email: undefined,
      emailVisible: false,
      accountType: 'app',
      active: true,
      guest: false,
      groupIds: [],
    });
    this.store.apps.push(app);
    for (const project of this.store.projects.values())
      for (const [roleId, actors] of Object.entries(project.roles))
        if (this.store.roles.get(roleId) === APP_ROLE_NAME) actors.accountIds.push(app.accountId);
    this.secrets.set(randomBytes(24).toString('base64url'), app);
    return app;
  }

  /** The bearer token of an app; with `.` and the account id behind it the app acts for that account. */
  secretOf(app: AppInstallation): string {
    for (const [secret, owner] of this.secrets) if (owner === app) return secret;
    throw new Error(`${app.name} is not installed on the simulated site`);
  }

  /** Headers by which the site knows an app, or an app that acts for a person. */
  authorize(app: AppInstallation, principal: JiraPrincipal): Record<string, string> {
    return { authorization: appAuthorization(this.secretOf(app), principal) };
  }

  /** Headers of a person or an app by name. @throws Error for a name that is not in the sandbox. */
  headersOf(name: string): Record<string, string> {
    const person = this.people[name];
    if (person !== undefined) return { authorization: basic(person.email, person.token) };
    const app = this.store.apps.find((candidate) => candidate.name === name);
    if (app === undefined) throw new Error(`the simulated site knows no ${name}`);
    return this.authorize(app, { kind: 'app' });
  }

  /** Who sends this `Authorization` header; undefined for nobody known. Inactive accounts cannot sign in. */
  identify(authorization: string | undefined): Caller | undefined {
    if (authorization === undefined) return undefined;
    const personId = this.personByAuthorization.get(authorization);
    if (personId !== undefined) {
      const account = this.store.account(personId);
      return account.active ? { kind: 'person', account, app: undefined } : undefined;
    }
    const [secret = '', accountId] = authorization.replace(/^Bearer /, '').split('.');
    const app = authorization.startsWith('Bearer ') ? this.secrets.get(secret) : undefined;
    if (app === undefined) return undefined;
    if (accountId === undefined) return { kind: 'app', account: this.store.account(app.accountId), app };
    const account = this.store.accounts.get(accountId);
    return account?.active === true ? { kind: 'user', account, app } : undefined;
  }
}

/** The `Authorization` header of an app with this secret. */
export function appAuthorization(secret: string, principal: JiraPrincipal): string {
  return `Bearer ${secret}${principal.kind === 'user' ? `.${principal.accountId}` : ''}`;
}

function basic(email: string, token: string): string {
  return `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
}
