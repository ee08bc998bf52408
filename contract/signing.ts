import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Calls whose timestamp is further away than this from the receiver's clock are dropped, in seconds (Standard Webhooks). */
export const SIGNATURE_WINDOW_SECONDS = 300;

/** Who signs what. Each has its own key, so that a message can never be played back in another role. */
export type SigningRole = 'relay-to-app' | 'relay-to-app-answer' | 'app-to-relay' | 'app-to-relay-answer';

/** A live key of a connection: its id and the pairing secret (base64url) that the signing keys are derived from. */
export interface ConnectionKey {
  readonly keyId: string;
  readonly secret: string;
}

/** Headers of a signed message, in the names of the Standard Webhooks specification. */
export type SignatureHeaders = Readonly<
  Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>
>;

/**
 * The key for one role, derived from the pairing secret by HKDF-SHA256 (RFC 5869). The secret itself never signs.
 */
export function deriveSigningKey(secret: string, role: SigningRole): Buffer {
  return Buffer.from(
    hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', `teleport-access-requests/v1/${role}`, 32),
  );
}

/** What identifies a message: connection, key and a uuid, joined by dots. */
export interface MessageId {
  readonly connectionId: string;
  readonly keyId: string;
  readonly uuid: string;
}

/** Writes a message id as the `webhook-id` header carries it. */
export function formatMessageId(id: MessageId): string {
  return `${id.connectionId}.${id.keyId}.${id.uuid}`;
}

/**
 * Signs a request with each of the given keys (several while a rotation overlaps); the first one names the message.
 *
 * @param now Unix time in seconds.
 */
export function signRequest(input: {
  role: 'relay-to-app' | 'app-to-relay';
  id: MessageId;
  keys: readonly [ConnectionKey, ...ConnectionKey[]];
  body: string;
  now: number;
}): SignatureHeaders {
  const id = formatMessageId(input.id);
  const timestamp = String(Math.floor(input.now));
  const signatures = input.keys.map((key) => signature(key, input.role, `${id}.${timestamp}.${input.body}`));
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/** Signs an answer over the id of the request that it belongs to, the time, the HTTP status and the raw body. */
export function signAnswer(input: {
  role: 'relay-to-app-answer' | 'app-to-relay-answer';
  requestId: string;
  key: ConnectionKey;
  status: number;
  body: string;
  now: number;
}): SignatureHeaders {
  const timestamp = String(Math.floor(input.now));
  const content = `${input.requestId}.${timestamp}.${input.status}.${input.body}`;
  return {
    'webhook-id': input.requestId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature(input.key, input.role, content),
  };
}

/** Why a message was dropped. Only logs and counters see it; the caller gets an empty 401 or 413. */
export type SignatureProblem = 'oversized' | 'headers' | 'window' | 'signature';

/** A message whose headers are well-formed and fresh, its signature not yet checked. */
export interface UnverifiedMessage {
  readonly id: MessageId;
  readonly rawId: string;
  readonly timestamp: string;
  readonly signatures: readonly Buffer[];
}

/** Headers as different platforms hand them over: one text, or a list of texts per name. */
export type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * First half of a check, which needs no key: size, single headers, window. It names the connection whose keys to load.
 *
 * @param now Unix time in seconds.
 */
export function readSignedMessage(input: {
  headers: IncomingHeaders;
  body: string;
  maxBodyBytes: number;
  now: number;
}): { ok: true; message: UnverifiedMessage } | { ok: false; problem: SignatureProblem } {
  if (Buffer.byteLength(input.body) > input.maxBodyBytes) return { ok: false, problem: 'oversized' };
  const rawId = singleHeader(input.headers, 'webhook-id');
  const timestamp = singleHeader(input.headers, 'webhook-timestamp');
  const rawSignatures = singleHeader(input.headers, 'webhook-signature');
  const id = rawId === undefined ? undefined : parseMessageId(rawId);
  const signatures = rawSignatures === undefined ? [] : parseSignatures(rawSignatures);
  if (rawId === undefined || id === undefined || timestamp === undefined || signatures.length === 0) {
    return { ok: false, problem: 'headers' };
  }
  if (!isInsideWindow(timestamp, input.now)) return { ok: false, problem: 'window' };
  return { ok: true, message: { id, rawId, timestamp, signatures } };
}

/**
 * Second half: the signature of a request, in constant time, with every live key.
 *
 * @returns the key that matched, or `undefined`.
 */
export function findSigningKey(
  message: UnverifiedMessage,
  role: 'relay-to-app' | 'app-to-relay',
  body: string,
  keys: readonly ConnectionKey[],
): ConnectionKey | undefined {
  return matchingKey(message.signatures, role, `${message.rawId}.${message.timestamp}.${body}`, keys);
}

/** Checks an answer against the request that it must belong to. An answer that fails this is dropped. */
export function verifyAnswer(input: {
  role: 'relay-to-app-answer' | 'app-to-relay-answer';
  requestId: string;
  headers: IncomingHeaders;
  status: number;
  body: string;
  keys: readonly ConnectionKey[];
  maxBodyBytes: number;
  now: number;
}): { ok: true } | { ok: false; problem: SignatureProblem } {
  const read = readSignedMessage(input);
  if (!read.ok) return read;
  if (read.message.rawId !== input.requestId) return { ok: false, problem: 'signature' };
  const content = `${input.requestId}.${read.message.timestamp}.${input.status}.${input.body}`;
  const key = matchingKey(read.message.signatures, input.role, content, input.keys);
  return key ? { ok: true } : { ok: false, problem: 'signature' };
}

function signature(key: ConnectionKey, role: SigningRole, content: string): string {
  return `v1,${hmac(key, role, content).toString('base64')}`;
}

function hmac(key: ConnectionKey, role: SigningRole, content: string): Buffer {
  return createHmac('sha256', deriveSigningKey(key.secret, role)).update(content, 'utf8').digest();
}

function matchingKey(
  signatures: readonly Buffer[],
  role: SigningRole,
  content: string,
  keys: readonly ConnectionKey[],
): ConnectionKey | undefined {
  let match: ConnectionKey | undefined;
  // Every key is tried with every signature, so that the time taken tells nothing about which one fits.
  for (const key of keys) {
    const expected = hmac(key, role, content);
    for (const given of signatures) {
      if (given.length === expected.length && timingSafeEqual(given, expected)) match ??= key;
    }
  }
  return match;
}

function singleHeader(headers: IncomingHeaders, name: string): string | undefined {
  const values = Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => value ?? []);
  return values.length === 1 && values[0] !== undefined && values[0].length <= 1024 ? values[0] : undefined;
}

function parseMessageId(text: string): MessageId | undefined {
  const match = /^([A-Za-z0-9-]{1,64})\.([A-Za-z0-9-]{1,64})\.([0-9a-f-]{36})$/.exec(text);
  const [, connectionId, keyId, uuid] = match ?? [];
  return connectionId && keyId && uuid ? { connectionId, keyId, uuid } : undefined;
}

function parseSignatures(text: string): Buffer[] {
  return text
    .split(' ')
    .slice(0, 5)
    .map((part) => /^v1,([A-Za-z0-9+/]{43}=)$/.exec(part)?.[1])
    .filter((part) => part !== undefined)
    .map((part) => Buffer.from(part, 'base64'));
}

function isInsideWindow(timestamp: string, now: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now - Number(timestamp)) <= SIGNATURE_WINDOW_SECONDS;
}
