import { randomBytes, randomUUID } from 'node:crypto';
import {
  findSigningKey,
  formatMessageId,
  readSignedMessage,
  signAnswer,
  signRequest,
  verifyAnswer,
  type ConnectionKey,
  type IncomingHeaders,
} from './signing';

const REQUEST_ROLES = ['relay-to-app', 'app-to-relay'] as const;
const ANSWER_ROLES = ['relay-to-app-answer', 'app-to-relay-answer'] as const;
const HEADER_NAMES = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
type AnswerRole = (typeof ANSWER_ROLES)[number];

const NOW = 1_795_528_800;
const BODY = '{"v":1,"op":"hello"}';
const MAX_BODY_BYTES = 1000;
const newKey = (keyId: string): ConnectionKey => ({ keyId, secret: randomBytes(32).toString('base64url') });
const oldKey = newKey('k1');
const nextKey = newKey('k2');
const foreignKey = newKey('k1');
const messageId = { connectionId: randomUUID(), keyId: oldKey.keyId, uuid: randomUUID() };
const requestId = formatMessageId(messageId);

function answer({
  role,
  status = 200,
  key = oldKey,
}: {
  role: AnswerRole;
  status?: number;
  key?: ConnectionKey;
}) {
  return signAnswer({ role, requestId, key, status, body: BODY, now: NOW });
}

/** What the caller makes of an answer: `ok`, or why it is dropped. */
function accept(
  headers: IncomingHeaders,
  changes: Partial<Parameters<typeof verifyAnswer>[0]> & { role: AnswerRole },
): string {
  const result = verifyAnswer({
    requestId,
    headers,
    status: 200,
    body: BODY,
    keys: [oldKey],
    maxBodyBytes: MAX_BODY_BYTES,
    now: NOW,
    ...changes,
  });
  return result.ok ? 'ok' : result.problem;
}

/** Whether a receiver takes a message for a request. */
function passesAsRequest(
  role: (typeof REQUEST_ROLES)[number],
  headers: IncomingHeaders,
  body: string,
): boolean {
  const read = readSignedMessage({ headers, body, maxBodyBytes: MAX_BODY_BYTES, now: NOW });
  if (!read.ok) throw new Error(`dropped before its signature was checked: ${read.problem}`);
  return findSigningKey(read.message, role, body, [oldKey]) !== undefined;
}

describe.each(ANSWER_ROLES)('an answer %s', (role) => {
  const signed = (status = 200) => answer({ role, status });

  it.each([200, 400, 426, 429, 503])('with status %d is accepted for its own request', (status) => {
    expect(accept(signed(status), { role, status })).toBe('ok');
  });

  it('is bound to the id of its request', () => {
    const otherId = formatMessageId({ ...messageId, uuid: randomUUID() });
    expect(accept(signed(), { role, requestId: otherId })).toBe('signature');
    expect(accept({ ...signed(), 'webhook-id': otherId }, { role, requestId: otherId })).toBe('signature');
    expect(accept({ ...signed(), 'webhook-id': otherId }, { role })).toBe('signature');
  });

  it('is bound to its status', () => {
    expect(accept(signed(200), { role, status: 400 })).toBe('signature');
    expect(accept(signed(503), { role, status: 200 })).toBe('signature');
  });

  it('is bound to its body and cannot lend digits between body and status', () => {
    expect(accept(signed(), { role, body: `${BODY} ` })).toBe('signature');
    const lent = signAnswer({ role, requestId, key: oldKey, status: 20, body: '0.x', now: NOW });
    expect(accept(lent, { role, status: 200, body: '.x' })).toBe('signature');
  });

  it('is bound to its time', () => {
    expect(accept({ ...signed(), 'webhook-timestamp': String(NOW + 1) }, { role })).toBe('signature');
    expect(accept(signed(), { role, now: NOW + 300 })).toBe('ok');
    expect(accept(signed(), { role, now: NOW - 300 })).toBe('ok');
    expect(accept(signed(), { role, now: NOW + 301 })).toBe('window');
    expect(accept(signed(), { role, now: NOW - 301 })).toBe('window');
  });

  it('is refused in the other direction', () => {
    const other = ANSWER_ROLES.find((one) => one !== role)!;
    expect(accept(signed(), { role: other })).toBe('signature');
  });

  it('is never taken for a request, nor a request for it', () => {
    for (const requestRole of REQUEST_ROLES) {
      for (const body of [BODY, `200.${BODY}`]) {
        expect(passesAsRequest(requestRole, signed(), body)).toBe(false);
        const request = signRequest({ role: requestRole, id: messageId, keys: [oldKey], body, now: NOW });
        expect(passesAsRequest(requestRole, request, body)).toBe(true);
        expect(accept(request, { role })).toBe('signature');
      }
    }
  });

  it.each(HEADER_NAMES)('needs the header %s, once', (name) => {
    const headers = signed();
    expect(accept({ ...headers, [name]: undefined }, { role })).toBe('headers');
    expect(accept({ ...headers, [name]: [headers[name], headers[name]] }, { role })).toBe('headers');
    expect(accept({ ...headers, [name.toUpperCase()]: headers[name] }, { role })).toBe('headers');
  });

  it.each(HEADER_NAMES)('may have the header %s in another case and as a list of one', (name) => {
    const { [name]: value, ...others } = signed();
    expect(accept({ ...others, [name.toUpperCase()]: [value] }, { role })).toBe('ok');
  });

  it('is accepted with any live key of a rotation and with no other', () => {
    for (const key of [oldKey, nextKey]) {
      expect(accept(answer({ role, key }), { role, keys: [oldKey, nextKey] })).toBe('ok');
      expect(accept(answer({ role, key }), { role, keys: [nextKey, oldKey] })).toBe('ok');
    }
    expect(accept(answer({ role, key: oldKey }), { role, keys: [nextKey] })).toBe('signature');
    expect(accept(answer({ role, key: foreignKey }), { role })).toBe('signature');
    expect(accept(signed(), { role, keys: [] })).toBe('signature');
  });

  it('may be as large as the caller allows and not a byte more', () => {
    const maxBodyBytes = Buffer.byteLength(BODY);
    expect(accept(signed(), { role, maxBodyBytes })).toBe('ok');
    expect(accept(signed(), { role, maxBodyBytes: maxBodyBytes - 1 })).toBe('oversized');
    expect(accept({}, { role, maxBodyBytes: maxBodyBytes - 1 })).toBe('oversized');
  });
});
