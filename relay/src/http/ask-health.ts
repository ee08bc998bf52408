import { get } from 'node:http';
import { splitAddress } from './address';

const WITHIN_MS = 3000;
/** Addresses that stand for all of a machine's; it answers at its own. */
const ANY: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/** Whether a relay whose health server listens at `address` (`host:port`) says that it works. Never throws. */
export function askHealth(address: string): Promise<boolean> {
  const { host, port } = splitAddress(address);
  return new Promise((resolve) => {
    get(
      { host: ANY.get(host) ?? host, port, path: '/healthz', timeout: WITHIN_MS, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    )
      .once('timeout', function (this: { destroy: () => void }) {
        this.destroy();
        resolve(false);
      })
      .once('error', () => {
        resolve(false);
      });
  });
}
