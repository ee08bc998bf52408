import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Whether nobody listens on this loopback port. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}

/** Below the range from which Linux hands out ports by itself, so that nobody gets a port between its choice and its use. */
const FIRST_CHOSEN = 20_000;
const AFTER_LAST_CHOSEN = 32_000;
const MAX_TRIES = 100;

/** The wished port when it is free, else any. For programs that must be told their port; others listen on 0 themselves. */
export async function freePort(wished?: number): Promise<number> {
  if (wished !== undefined && (await isFree(wished))) return wished;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = randomInt(FIRST_CHOSEN, AFTER_LAST_CHOSEN);
    if (await isFree(port)) return port;
  }
  throw new Error('No port is free.');
}

/** The parts of the sandbox that listen. */
export const LISTENERS = ['web', 'jira', 'console', 'forge', 'teleport', 'health'] as const;
export type Ports = Record<(typeof LISTENERS)[number], number>;

/** A run of ports from `base` on, each replaced by a free one where somebody listens already. */
export async function choosePorts(base: number): Promise<Ports> {
  const [web, jira, console, forge, teleport, health] = await Promise.all(
    LISTENERS.map((_, index) => freePort(base + index)),
  );
  if (!web || !jira || !console || !forge || !teleport || !health) throw new Error('No port is free.');
  return { web, jira, console, forge, teleport, health };
}
