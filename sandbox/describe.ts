import type { ForgeSandbox } from './forge';
import type { SandboxLinks } from './landing';
import type { Sandbox } from './start';

/** The one line that `npm start -- --json` prints when all parts are ready. */
export interface SandboxDescription extends SandboxLinks {
  web: string;
  jira: ReturnType<Sandbox['jira']['describe']>;
  teleport: ReturnType<Sandbox['teleport']['describe']>;
  forge: ReturnType<Sandbox['forge']['describe']>;
  relay: { config: string; health: string; pid: number | undefined };
}

/** The address of the app's admin page on a platform. */
export function adminPageOf(forge: ForgeSandbox): string {
  return `${forge.url}/admin`;
}

/** Where a person finds what in a running sandbox. */
export function linksOf({ jira, forge, teleport }: Sandbox): SandboxLinks {
  return { board: `${jira.baseUrl}/board`, admin: adminPageOf(forge), console: teleport.webUrl };
}

/** Addresses and credentials of a running sandbox, so that any outside client can be pointed at it. */
export function describeSandbox(sandbox: Sandbox, web: string): SandboxDescription {
  const { jira, teleport, forge, relay } = sandbox;
  return {
    web,
    ...linksOf(sandbox),
    jira: jira.describe(),
    teleport: teleport.describe(),
    forge: forge.describe(),
    relay: { config: relay.configFile, health: relay.healthUrl, pid: relay.pid },
  };
}
