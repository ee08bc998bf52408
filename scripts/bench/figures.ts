import { readFile, stat } from 'node:fs/promises';
import { fetch } from 'undici';
import type { World } from '../../test/support/world';
import { rounded } from './stopwatch';

/** Resident memory of the relay in MB (Linux, /proc). @throws Error where it does not run or the machine has no /proc. */
export async function residentMb({ sandbox }: World): Promise<number> {
  const text = await readFile(`/proc/${sandbox.relay.pid ?? 0}/status`, 'utf8');
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(text) ?? [];
  return rounded(Number(kilobytes) / 1024, 0);
}

/** The sum of a counter of the relay over its labels, but for those with one of the given values. */
export async function relayCounter(
  { sandbox }: World,
  name: string,
  without: readonly string[] = [],
): Promise<number> {
  const response = await fetch(`${sandbox.relay.healthUrl}/metrics`);
  const lines = (await response.text())
    .split('\n')
    .filter((line) => line.startsWith(`teleport_jira_relay_${name}`));
  const counted = lines.filter((line) => !without.some((value) => line.includes(`="${value}"`)));
  return counted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Counts what crosses between the parts from now on. @returns a function that gives the counts. */
export function startCounting({ sandbox }: World): () => {
  jiraCalls: number;
  refusedCalls: number;
  applyCalls: number;
  kvsWriteUnits: number;
} {
  const { jira, forge } = sandbox;
  const callsBefore = jira.calls.length;
  const linesBefore = new Set(forge.logs);
  forge.kvs.resetCounters();
  return () => {
    const calls = jira.calls.all.slice(callsBefore).filter(({ kind }) => kind === 'app');
    return {
      jiraCalls: calls.length,
      refusedCalls: calls.filter(({ status }) => status === undefined || status >= 400).length,
      applyCalls: forge.logs.filter((line) => !linesBefore.has(line) && line.text.includes(APPLIED)).length,
      kvsWriteUnits: forge.kvs.counters().writeUnits,
    };
  };
}

/** What the app logs once for each call of a relay that tells it of requests. */
const APPLIED = 'requests told by a relay';

/** Size of a file in kB. */
export async function kilobytes(file: string): Promise<number> {
  return rounded((await stat(file)).size / 1000);
}
