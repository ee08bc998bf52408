/** On whose behalf a REST call is made. */
export type JiraPrincipal = { kind: 'app' } | { kind: 'user'; accountId: string };

/** A product event as Jira emits it; the platform delivers it later, perhaps twice, perhaps never. */
export interface JiraEvent {
  /** For example `avi:jira:updated:issue`. */
  eventType: string;
  /** The account that caused it. */
  actorAccountId: string | undefined;
  /** Whether the installed app caused it by a call of its own. */
  isCausedByApp: boolean;
  /** The value of the `X-Atlassian-Webhook-Trace` header of the call that caused it. */
  trace: string | undefined;
  /** What stands beside the common fields: `issue`, `changelog`, `associatedUsers` … */
  body: Readonly<Record<string, unknown>>;
}

/** An app as the platform installs it. */
export interface InstalledApp {
  name: string;
  scopes: readonly string[];
  /** By their keys in REST. */
  projectPermissions?: readonly { key: string; name: string }[] | undefined;
}

/** What the Forge platform needs of a Jira site. The platform and the site meet here and nowhere else. */
export interface JiraSite {
  readonly baseUrl: string;
  readonly cloudId: string;
  /**
   * Gives the app its system user with these OAuth scopes, and the site the project permissions that it defines; called once
   * per site. @returns its account id.
   */
  installApp(app: InstalledApp): Promise<string>;
  /** The headers by which the site knows who calls. */
  authorize(principal: JiraPrincipal): Readonly<Record<string, string>>;
  /** Whether a panel (module id) is pinned to a project (id), so that it shows on all its issues. */
  isPanelPinned(moduleId: string, projectId: string): Promise<boolean>;
  /** @returns a function that ends the subscription. */
  onEvent(listener: (event: JiraEvent) => void): () => void;
}
