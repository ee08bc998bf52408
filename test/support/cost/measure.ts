import type { InvocationRecord } from '../../../sandbox/forge';
import type { KvsCounters } from '../../../sandbox/forge/types';
import type { Issue, JiraCall } from '../../../sandbox/jira';
import type { Sandbox } from '../../../sandbox/start';
import { type World } from '../world';

/** What one part of a life cost. */
export interface Cost {
  /** Calls of Jira by the app, in their order: method and route. */
  jiraCalls: { name: string; points: number }[];
  /** Runs of functions by their key. */
  invocations: Record<string, number>;
  kvs: Pick<KvsCounters, 'readUnits' | 'writeUnits' | 'readBytes' | 'writeBytes' | 'requests'>;
  gbSeconds: number;
}

/** How a request ends in the lives that are measured. */
export const LIVES = ['decided in Teleport', 'decided in Jira', 'removed unanswered'] as const;
export type Life = (typeof LIVES)[number];

/** Memory of the functions by the manifest, in GB. */
const MEMORY_GB = 0.25;
/** What is assumed for calls that take no time in the sandbox, in milliseconds: on a real site they wait for the network. */
export const ASSUMED_MS = { jira: 150, store: 10 };

/** Counts what the app costs from now on. @returns a function that gives the sum. */
export function startMeter({ jira, forge }: Sandbox): () => Cost {
  const callsBefore = jira.calls.length;
  const seen = new Set(forge.invocations.map(({ id }) => id));
  forge.kvs.resetCounters();
  return () => {
    const calls = jira.calls.all.slice(callsBefore).filter(isOfApp);
    const records = forge.invocations.filter(({ id, cause }) => !seen.has(id) && cause !== 'resolver');
    const { readUnits, writeUnits, readBytes, writeBytes, requests } = forge.kvs.counters();
    return {
      jiraCalls: calls.map((call) => ({ name: nameOf(call), points: pointsOf(call) })),
      invocations: countBy(records.map(({ functionKey }) => functionKey)),
      kvs: { readUnits, writeUnits, readBytes, writeBytes, requests },
      gbSeconds: records.reduce((sum, record) => sum + secondsOf(record), 0) * MEMORY_GB,
    };
  };
}

/** Lets a request live and end, and waits until nothing is left to do. */
export async function live(world: World, life: Life): Promise<Issue> {
  const id = await world.ask();
  const issue = await world.issueOf(id);
  await world.untilSlot(issue, 'pending');
  await world.quiet();
  switch (life) {
    case 'decided in Teleport':
      await (await world.sandbox.teleport.connectAs('admin')).setState(id, 'approve', 'fine');
      break;
    case 'decided in Jira':
      await world.move(issue, 'approved');
      await world.untilState(id, 'APPROVED');
      break;
    case 'removed unanswered':
      await (await world.sandbox.teleport.connectAs('admin')).delete(id);
      break;
  }
  await world.untilSlot(issue, life === 'removed unanswered' ? 'expired' : 'approved');
  await world.quiet();
  return issue;
}

function isOfApp({ kind }: JiraCall): boolean {
  return kind === 'app';
}

function nameOf({ method, route, path }: JiraCall): string {
  return `${method} ${(route ?? path).replace(/^\/rest\/api\/3\//, '')}`;
}

/**
 * Points by the published formula: 1 for a write; 1 for a read and 1 more for each issue or other core object, 2 more for each
 * account (Jira rate limits). A search counts as a read of one issue, since it finds none or few.
 */
function pointsOf(call: JiraCall): number {
  const name = nameOf(call);
  if (name === 'POST search/jql') return 2;
  if (call.method !== 'GET') return 1;
  return /^GET (?:user|myself)/.test(name) ? 3 : 2;
}

function secondsOf({ ms, platformCalls }: InvocationRecord): number {
  const waits = platformCalls.map(({ target }) =>
    target === 'jira' ? ASSUMED_MS.jira : target === 'kvs' ? ASSUMED_MS.store : 0,
  );
  return (ms + waits.reduce((sum, wait) => sum + wait, 0)) / 1000;
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
