import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { signAnswer, signRequest } from '../../../contract/signing';

/** How many calls each door gets, and the seed of what is in them; a failing run names both. */
export const FUZZ_CALLS = Number(process.env['FUZZ_CALLS'] ?? 10_000);
export const FUZZ_SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_126);

/** Chance that can be repeated (mulberry32). */
export class Chance {
  constructor(private state: number) {}

  /** At least 0, less than 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to `end`, without `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }

  text(maxLength: number): string {
    const alphabet = [
      'a',
      'Z',
      '0',
      '-',
      '.',
      '=',
      '/',
      '{',
      '"',
      '\\',
      '[',
      ',',
      ' ',
      'é',
      '𝒳',
      '\u0000',
    ] as const;
    return Array.from({ length: this.below(maxLength) }, () => this.pick(alphabet)).join('');
  }

  /** Printable ASCII only, as a header takes it. */
  headerText(maxLength: number): string {
    return Array.from({ length: this.below(maxLength) }, () => String.fromCharCode(33 + this.below(94))).join(
      '',
    );
  }
}

/** A call as it goes over the socket. */
export interface FuzzCall {
  method: string;
  headers: OutgoingHttpHeaders;
  body: string;
}

/** Who the genuine caller is. */
export interface Caller {
  connectionId: string;
  keyId: string;
  secret: string;
  role: 'relay-to-app' | 'app-to-relay';
  /** Unix seconds of the door's clock. */
  now: () => number;
}

/** A call as the genuine caller makes it. */
export function genuineCall(caller: Caller, body: string): FuzzCall {
  const { connectionId, keyId, secret, role } = caller;
  const id = { connectionId, keyId, uuid: randomUUID() };
  const headers = { ...signRequest({ role, id, keys: [{ keyId, secret }], body, now: caller.now() }) };
  return { method: 'POST', headers, body };
}

const SIGNED = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
const OTHER_ROLE = { 'relay-to-app': 'app-to-relay', 'app-to-relay': 'relay-to-app' } as const;

type Spoiler = (call: FuzzCall, caller: Caller, chance: Chance) => FuzzCall;

const withHeader = (call: FuzzCall, name: string, value: string | string[]): FuzzCall => ({
  ...call,
  headers: { ...call.headers, [name]: value },
});
const textOf = (value: OutgoingHttpHeaders[string]): string => (typeof value === 'string' ? value : '');

/**
 * Each takes from a genuine call what makes it one: whoever has not the pairing's secret, or comes at another time, can do no
 * better.
 */
const SPOILERS: Readonly<Record<string, Spoiler>> = {
  'no signature headers': (call) => ({ ...call, headers: {} }),
  'noise in all headers': (call, _caller, chance) => ({
    ...call,
    headers: Object.fromEntries(SIGNED.map((name) => [name, chance.headerText(300)])),
  }),
  'a header left out': (call, _caller, chance) => {
    const headers = { ...call.headers };
    Reflect.deleteProperty(headers, chance.pick(SIGNED));
    return { ...call, headers };
  },
  'a header twice': (call, _caller, chance) => {
    const name = chance.pick(SIGNED);
    return withHeader(call, name, [textOf(call.headers[name]), textOf(call.headers[name])]);
  },
  'a header of noise': (call, _caller, chance) =>
    withHeader(call, chance.pick(SIGNED), chance.headerText(2000)),
  'a signature with one bit changed': (call, _caller, chance) => {
    const bytes = Buffer.from(textOf(call.headers['webhook-signature']).slice(3), 'base64');
    const at = chance.below(bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << chance.below(8)), at);
    return withHeader(call, 'webhook-signature', `v1,${bytes.toString('base64')}`);
  },
  'signatures of nobody': (call, _caller, chance) => {
    const made = Array.from({ length: 1 + chance.below(9) }, () => {
      const bytes = Buffer.from(Array.from({ length: 32 }, () => chance.below(256)));
      return `v1,${bytes.toString('base64')}`;
    });
    return withHeader(call, 'webhook-signature', made.join(' '));
  },
  'another secret': (call, caller, chance) => {
    const secret = Buffer.from(Array.from({ length: 32 }, () => chance.below(256))).toString('base64url');
    return genuineCall({ ...caller, secret }, call.body);
  },
  'the other direction’s key': (call, caller) =>
    genuineCall({ ...caller, role: OTHER_ROLE[caller.role] }, call.body),
  'the key of answers': (call, caller) => ({
    ...call,
    headers: {
      ...signAnswer({
        role: `${caller.role}-answer`,
        requestId: textOf(call.headers['webhook-id']),
        ...{ key: caller, status: 200, body: call.body, now: caller.now() },
      }),
    },
  }),
  'another connection': (call, caller) => genuineCall({ ...caller, connectionId: randomUUID() }, call.body),
  'an id that was changed': (call) =>
    withHeader(call, 'webhook-id', textOf(call.headers['webhook-id']).replace(/[^.]*$/, randomUUID())),
  'a time that was changed': (call, caller, chance) =>
    withHeader(call, 'webhook-timestamp', String(Math.floor(caller.now()) - 1 - chance.below(200))),
  'too late': (call, caller, chance) => {
    const age = 301 + chance.below(10 ** chance.below(9));
    return genuineCall({ ...caller, now: () => Math.max(0, caller.now() - age) }, call.body);
  },
  'too early': (call, caller, chance) => {
    // The door's clock may be moved on before the call is there.
    const ahead = 360 + chance.below(10 ** chance.below(9));
    return genuineCall({ ...caller, now: () => caller.now() + ahead }, call.body);
  },
  'a changed body': (call, _caller, chance) => {
    const at = chance.below(call.body.length);
    const other = call.body[at] === 'x' ? 'y' : 'x';
    return { ...call, body: call.body.slice(0, at) + other + call.body.slice(at + 1) };
  },
  'a body cut short': (call, _caller, chance) => ({
    ...call,
    body: call.body.slice(0, chance.below(call.body.length)),
  }),
  'a longer body': (call, _caller, chance) => ({ ...call, body: `${call.body}x${chance.text(200)}` }),
  'a body of noise': (call, _caller, chance) => ({ ...call, body: `x${chance.text(2000)}` }),
  'a deep body': (call, _caller, chance) => {
    const depth = 1 + chance.below(20_000);
    return { ...call, body: '['.repeat(depth) + ']'.repeat(depth) };
  },
  'another method': (call, _caller, chance) => ({
    ...call,
    method: chance.pick(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']),
  }),
};

export const SPOILER_NAMES = Object.keys(SPOILERS);

/** A spoiled call, and how it was spoiled. */
export function spoil(call: FuzzCall, caller: Caller, chance: Chance): { how: string; call: FuzzCall } {
  const how = SPOILER_NAMES[chance.below(SPOILER_NAMES.length)] ?? '';
  const spoiler = SPOILERS[how];
  if (spoiler === undefined) throw new Error(`no such spoiler: ${how}`);
  return { how, call: spoiler(call, caller, chance) };
}

/** What came back: a status with its signature, if any, or `undefined` when the connection was cut. */
export type FuzzAnswer = { status: number; isSigned: boolean; body: string } | undefined;

/** Sends calls over kept connections. */
export class FuzzSender {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(private readonly url: string) {}

  send({ method, headers, body }: FuzzCall, path = ''): Promise<FuzzAnswer> {
    return new Promise((resolve) => {
      const length = { 'content-length': Buffer.byteLength(body) };
      const request = httpRequest(
        `${this.url}${path}`,
        { method, agent: this.agent, headers: { ...headers, ...length } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', () => resolve(undefined));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              isSigned: response.headers['webhook-signature'] !== undefined,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      request.on('error', () => resolve(undefined));
      request.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Does `work` for each number below `count`, some at a time. */
export async function inParallel(
  count: number,
  atOnce: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) await work(number);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
