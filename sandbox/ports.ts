import { createServer, type AddressInfo } from 'node:net';

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

/** The wished port when it is free, else any. For programs that must be told their port; others listen on 0 themselves. */
export async function freePort(wished?: number): Promise<number> {
  if (wished !== undefined && (await isFree(wished))) return wished;
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });
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
