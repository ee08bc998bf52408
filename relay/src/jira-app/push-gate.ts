import { z } from 'zod';
import type { Pairing } from '../../../contract/pairing-token';
import {
  decideRequest,
  MAX_PUSH_BODY_BYTES,
  pingRequest,
  PUSH_PATHS,
  type DecideAnswer,
  type PingAnswer,
  type PushError,
} from '../../../contract/push';
import {
  findSigningKey,
  readSignedMessage,
  signAnswer,
  type IncomingHeaders,
  type SignatureHeaders,
} from '../../../contract/signing';
import { CONTRACT_VERSION } from '../../../contract/version';
import type { Decision } from '../../../contract/decision';
import type { DeskAnswer } from '../decisions/decision-desk';
import type { Clock, Log } from '../ports';
import { MAX_TOKEN_LENGTH, verifyInvocationToken } from './invocation-token';
import type { KeyLookup } from './key-set';

/** What stands behind the gate. */
export interface PushGateOptions {
  pairing: Pairing;
  version: string;
  findKey: (keyId: string) => Promise<KeyLookup>;
  decide: (decision: Decision) => Promise<DeskAnswer>;
  clock: Clock;
  log: Log;
}

/** An answer; without a body it is unsigned, since nobody proved to be the app. */
export interface PushReply {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** How often refusals of strangers are logged, in milliseconds. */
const LOG_EVERY_MS = 10_000;
/** When a call may come again that could not be judged or carried out, in seconds. */
const RETRY_AFTER_SECONDS = 30;
const v = CONTRACT_VERSION;
const versioned = z.object({ v: z.unknown() });

/**
 * Lets in what is both from our Forge app's functions (invocation token) and signed with the pairing's key for this direction.
 * Cheap checks come first, and nothing is asked of anybody before the signature holds; the answer to a verified call is signed.
 */
export class PushGate {
  private refusals = 0;
  private loggedAt = -Infinity;

  constructor(private readonly options: PushGateOptions) {}

  /** Whether the head of a call makes its body worth reading: its operation exists, and it names our connection just now. */
  admits(path: string, headers: IncomingHeaders): boolean {
    const isKnown = path === PUSH_PATHS.decide || path === PUSH_PATHS.ping;
    const read = readSignedMessage({
      headers,
      body: '',
      maxBodyBytes: MAX_PUSH_BODY_BYTES,
      now: this.seconds(),
    });
    if (isKnown && read.ok && read.message.id.connectionId === this.options.pairing.connectionId) {
      if (bearerOf(headers) !== undefined) return true;
    }
    this.noteRefusal(read.ok ? 'head' : read.problem);
    return false;
  }

  /** Answers a call whose head was let in. */
  async answer(path: string, headers: IncomingHeaders, body: string): Promise<PushReply> {
    const { pairing, findKey, clock } = this.options;
    const read = readSignedMessage({ headers, body, maxBodyBytes: MAX_PUSH_BODY_BYTES, now: this.seconds() });
    if (!read.ok) return this.refuse(read.problem);
    const key = { keyId: pairing.keyId, secret: pairing.secret };
    const isOurs = read.message.id.connectionId === pairing.connectionId;
    if (!isOurs || findSigningKey(read.message, 'app-to-relay', body, [key]) === undefined) {
      return this.refuse('signature');
    }
    const verdict = await verifyInvocationToken(bearerOf(headers) ?? '', pairing, findKey, clock.now());
    const sign = (status: number, message: object | undefined): PushReply => {
      const text = message === undefined ? '' : JSON.stringify(message);
      const requestId = read.message.rawId;
      const signed: SignatureHeaders = signAnswer({
        ...{ role: 'app-to-relay-answer', requestId, key, status },
        ...{ body: text, now: this.seconds() },
      });
      const headers: Record<string, string> = { ...signed };
      if (status === 503) headers['retry-after'] = String(RETRY_AFTER_SECONDS);
      return { status, headers, body: text };
    };
    if (!verdict.ok) {
      if (verdict.problem === 'unavailable') return sign(503, undefined);
      return this.refuse(verdict.problem);
    }
    return this.carry(path, body, sign);
  }

  private async carry(
    path: string,
    body: string,
    sign: (status: number, message: DecideAnswer | PingAnswer | PushError) => PushReply,
  ): Promise<PushReply> {
    const message = parseJson(body);
    const version = versioned.safeParse(message);
    if (version.success && version.data.v !== undefined && version.data.v !== v) {
      return sign(426, { v, code: 'unknown_version' });
    }
    if (path === PUSH_PATHS.ping && pingRequest.safeParse(message).success) {
      const { pairing, version: ofRelay } = this.options;
      return sign(200, { v, op: 'ping', connectionId: pairing.connectionId, version: ofRelay });
    }
    const asked = path === PUSH_PATHS.decide ? decideRequest.safeParse(message) : undefined;
    if (asked?.success !== true) return sign(400, { v, code: 'bad_message' });
    const answer = await this.options.decide(asked.data.decision);
    return sign(
      200,
      answer.kind === 'done'
        ? { v, op: 'decide', result: 'done', item: answer.item }
        : { v, op: 'decide', result: 'not_delivered', text: answer.text },
    );
  }

  private refuse(problem: string): PushReply {
    this.noteRefusal(problem);
    return { status: problem === 'oversized' ? 413 : 401, headers: {}, body: '' };
  }

  /** Anybody can call, so anybody could fill the log. */
  private noteRefusal(reason: string): void {
    const { clock, log } = this.options;
    this.refusals += 1;
    if (clock.now() - this.loggedAt < LOG_EVERY_MS) return;
    log.warn('pushed calls were refused', { calls: this.refusals, reason });
    this.loggedAt = clock.now();
    this.refusals = 0;
  }

  private seconds(): number {
    return this.options.clock.now() / 1000;
  }
}

/** The one token of the Authorization header. */
function bearerOf(headers: IncomingHeaders): string | undefined {
  const { authorization } = headers;
  const [value, ...others] = typeof authorization === 'string' ? [authorization] : (authorization ?? []);
  if (value === undefined || others.length > 0 || value.length > MAX_TOKEN_LENGTH + 'Bearer '.length) {
    return undefined;
  }
  return /^Bearer ([^\s]+)$/.exec(value)?.[1];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
