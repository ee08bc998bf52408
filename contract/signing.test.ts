import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { anyCharacter } from '../test/support/arbitraries';
import { MAX_INBOX_BODY_BYTES } from './relay-inbox';
import {
  deriveSigningKey,
  findSigningKey,
  formatMessageId,
  readSignedMessage,
  SIGNATURE_WINDOW_SECONDS,
  signRequest,
  type ConnectionKey,
  type IncomingHeaders,
  type SignatureHeaders,
  type SigningRole,
} from './signing';

const REQUEST_ROLES = ['relay-to-app', 'app-to-relay'] as const;
const ANSWER_ROLES = ['relay-to-app-answer', 'app-to-relay-answer'] as const;
const HEADER_NAMES = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
type RequestRole = (typeof REQUEST_ROLES)[number];

const NOW = 1_795_528_800;
const BODY = '{"v":1,"op":"hello"}';
const newKey = (keyId: string): ConnectionKey => ({ keyId, secret: randomBytes(32).toString('base64url') });
const oldKey = newKey('k1');
const nextKey = newKey('k2');
const foreignKey = newKey('k1');
const messageId = { connectionId: randomUUID(), keyId: oldKey.keyId, uuid: randomUUID() };
const requestId = formatMessageId(messageId);

/** Headers as a test may bend them. */
type BentHeaders = Record<string, string | string[] | undefined>;

interface RequestChanges {
  role?: RequestRole;
  keys?: [ConnectionKey, ...ConnectionKey[]];
  body?: string;
  now?: number;
}

function sign({ role = 'relay-to-app', keys = [oldKey], body = BODY, now = NOW }: RequestChanges = {}) {
  return signRequest({ role, id: messageId, keys, body, now });
}

/** What a receiver makes of a call: the id of the key that signed it, or why it is dropped. */
function receive(
  headers: IncomingHeaders,
  {
    role = 'relay-to-app',
    keys = [oldKey],
    body = BODY,
    now = NOW,
    maxBodyBytes = MAX_INBOX_BODY_BYTES,
  }: { role?: RequestRole; keys?: ConnectionKey[]; body?: string; now?: number; maxBodyBytes?: number } = {},
): string {
  const read = readSignedMessage({ headers, body, maxBodyBytes, now });
  if (!read.ok) return read.problem;
  return findSigningKey(read.message, role, body, keys)?.keyId ?? 'signature';
}

describe('deriveSigningKey', () => {
  it.each([...REQUEST_ROLES, ...ANSWER_ROLES])(
    'is HKDF-SHA256 without salt for %s, written out by hand',
    (role) => {
      const extracted = createHmac('sha256', Buffer.alloc(32))
        .update(Buffer.from(oldKey.secret, 'base64url'))
        .digest();
      const expanded = createHmac('sha256', extracted)
        .update(`teleport-access-requests/v1/${role}`)
        .update(Buffer.of(1))
        .digest();
      expect(deriveSigningKey(oldKey.secret, role).equals(expanded)).toBe(true);
    },
  );

  it('gives each role of each secret a key of its own, none of them the secret', () => {
    const roles: SigningRole[] = [...REQUEST_ROLES, ...ANSWER_ROLES];
    const derived = [oldKey, nextKey].flatMap(({ secret }) =>
      roles.map((role) => deriveSigningKey(secret, role).toString('base64url')),
    );
    expect(new Set([...derived, oldKey.secret, nextKey.secret]).size).toBe(10);
  });
});

describe.each(REQUEST_ROLES)('a request %s', (role) => {
  it('is received as it was signed, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (body) => {
        expect(receive(sign({ role, body }), { role, body })).toBe(oldKey.keyId);
      }),
    );
  });

  it('tells which connection and key to look up before anything is verified', () => {
    const read = readSignedMessage({ headers: sign({ role }), body: BODY, maxBodyBytes: 100, now: NOW });
    expect(read).toMatchObject({
      ok: true,
      message: { id: messageId, rawId: requestId, timestamp: String(NOW) },
    });
  });

  it('is refused in the other direction', () => {
    const other = REQUEST_ROLES.find((one) => one !== role)!;
    expect(receive(sign({ role }), { role: other })).toBe('signature');
  });

  it('is refused when another connection signed it, or nobody is known', () => {
    expect(receive(sign({ role, keys: [foreignKey] }), { role })).toBe('signature');
    expect(receive(sign({ role }), { role, keys: [] })).toBe('signature');
  });

  it('is refused when the secret itself signed it', () => {
    const headers = sign({ role });
    const raw = createHmac('sha256', Buffer.from(oldKey.secret, 'base64url'))
      .update(`${requestId}.${NOW}.${BODY}`)
      .digest('base64');
    expect(receive({ ...headers, 'webhook-signature': `v1,${raw}` }, { role })).toBe('signature');
  });

  describe('during a rotation', () => {
    const both: [ConnectionKey, ConnectionKey] = [nextKey, oldKey];

    it('signed with both keys is received by whoever has either', () => {
      expect(receive(sign({ role, keys: both }), { role, keys: [oldKey] })).toBe('k1');
      expect(receive(sign({ role, keys: both }), { role, keys: [nextKey] })).toBe('k2');
      expect(receive(sign({ role, keys: both }), { role, keys: [oldKey, nextKey] })).toBe('k1');
    });

    it.each([oldKey, nextKey])('signed with one key ($keyId) is received by whoever has both', (key) => {
      expect(receive(sign({ role, keys: [key] }), { role, keys: [oldKey, nextKey] })).toBe(key.keyId);
      expect(receive(sign({ role, keys: [key] }), { role, keys: [nextKey, oldKey] })).toBe(key.keyId);
    });

    it('is refused once the key that signed it has run out', () => {
      expect(receive(sign({ role, keys: [oldKey] }), { role, keys: [nextKey] })).toBe('signature');
    });
  });
});

describe('what a request is signed over', () => {
  it('refuses any other body', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.string({ unit: anyCharacter }), (signed, sent) => {
        fc.pre(signed !== sent);
        expect(receive(sign({ body: signed }), { body: sent })).toBe('signature');
      }),
    );
  });

  it('refuses any other id', () => {
    for (const id of [
      { ...messageId, uuid: randomUUID() },
      { ...messageId, keyId: nextKey.keyId },
      { ...messageId, connectionId: randomUUID() },
    ]) {
      expect(receive({ ...sign(), 'webhook-id': formatMessageId(id) })).toBe('signature');
    }
  });

  it.each([String(NOW + 1), String(NOW - 1), `0${NOW}`])('refuses the other timestamp %s', (timestamp) => {
    expect(receive({ ...sign(), 'webhook-timestamp': timestamp })).toBe('signature');
  });

  it('refuses a signature with any one bit changed', () => {
    const headers = sign();
    const bytes = Buffer.from(headers['webhook-signature'].slice('v1,'.length), 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(receive({ ...headers, 'webhook-signature': `v1,${changed.toString('base64')}` })).toBe(
        'signature',
      );
    }
  });
});

/** Ways in which one header can be absent, doubled or too long. */
const HEADER_FAULTS: [
  name: string,
  bend: (headers: SignatureHeaders, name: keyof SignatureHeaders) => BentHeaders,
][] = [
  ['missing', (headers, name) => ({ ...headers, [name]: undefined })],
  ['an empty list', (headers, name) => ({ ...headers, [name]: [] })],
  ['a list of two different texts', (headers, name) => ({ ...headers, [name]: [headers[name], 'other'] })],
  [
    'a list of the same text twice',
    (headers, name) => ({ ...headers, [name]: [headers[name], headers[name]] }),
  ],
  ['doubled in another case', (headers, name) => ({ ...headers, [name.toUpperCase()]: headers[name] })],
  ['doubled as text and list', (headers, name) => ({ ...headers, [name.toUpperCase()]: [headers[name]] })],
  [
    'longer than 1,024 characters',
    (headers, name) => ({ ...headers, [name]: headers[name] + ' '.repeat(1024) }),
  ],
];

describe.each(HEADER_NAMES)('the header %s', (name) => {
  it.each(HEADER_FAULTS)('is refused when %s', (_fault, bend) => {
    expect(receive(bend(sign(), name))).toBe('headers');
  });

  it('is found in any case and as a list of one, the form of web triggers', () => {
    const headers: IncomingHeaders = sign();
    const odd = name.replace(/w|h|[ist]/g, (letter) => letter.toUpperCase());
    expect(receive({ ...headers, [name]: undefined, [odd]: headers[name] })).toBe('k1');
    expect(
      receive({ ...headers, [name]: undefined, [odd]: [headers[name]].flatMap((one) => one ?? []) }),
    ).toBe('k1');
  });
});

describe('headers as Forge hands them to a web trigger', () => {
  it('are read among all the others', () => {
    const signed = sign();
    const headers = {
      'Content-Type': ['application/json'],
      'X-Forwarded-For': ['192.0.2.1', '192.0.2.2'],
      'Webhook-Id': [signed['webhook-id']],
      'Webhook-Timestamp': [signed['webhook-timestamp']],
      'WEBHOOK-SIGNATURE': [signed['webhook-signature']],
    };
    expect(receive(headers)).toBe('k1');
    expect(receive({ ...headers, 'webhook-signature': [signed['webhook-signature']] })).toBe('headers');
  });
});

describe('webhook-id', () => {
  const { connectionId, keyId, uuid } = messageId;
  it.each([
    '',
    connectionId,
    `${connectionId}.${keyId}`,
    `${connectionId}.${uuid}`,
    `${requestId}.more`,
    `.${keyId}.${uuid}`,
    `${connectionId}..${uuid}`,
    `${connectionId}.${keyId}.`,
    `${connectionId}.${keyId}.${uuid.toUpperCase().replace(/^./, 'A')}`,
    `${connectionId}.${keyId}.${uuid}0`,
    `${'x'.repeat(65)}.${keyId}.${uuid}`,
    `${connectionId}.${'x'.repeat(65)}.${uuid}`,
    `${connectionId}:x.${keyId}.${uuid}`,
    ` ${requestId}`,
    `${requestId}\n`,
  ])('is refused as %j, even rightly signed', (id) => {
    const content = `${id}.${NOW}.${BODY}`;
    const mac = createHmac('sha256', deriveSigningKey(oldKey.secret, 'relay-to-app'))
      .update(content)
      .digest('base64');
    const headers = { 'webhook-id': id, 'webhook-timestamp': String(NOW), 'webhook-signature': `v1,${mac}` };
    expect(receive(headers)).toBe('headers');
  });
});

describe('webhook-timestamp', () => {
  it('is whole seconds, cut off', () => {
    expect(sign({ now: NOW + 0.999 })['webhook-timestamp']).toBe(String(NOW));
  });

  it.each([-SIGNATURE_WINDOW_SECONDS, -1, 0, 1, SIGNATURE_WINDOW_SECONDS])('may be %d s away', (seconds) => {
    expect(receive(sign({ now: NOW + seconds }))).toBe('k1');
    expect(receive(sign(), { now: NOW + seconds })).toBe('k1');
  });

  it.each([-3600, -301, 301, 3600])('may not be %d s away', (seconds) => {
    expect(receive(sign({ now: NOW + seconds }))).toBe('window');
    expect(receive(sign(), { now: NOW + seconds })).toBe('window');
  });

  it('counts fractions of the receiver’s second', () => {
    expect(receive(sign(), { now: NOW + 300.001 })).toBe('window');
    expect(receive(sign(), { now: NOW - 300.001 })).toBe('window');
  });

  it.each([
    '',
    'now',
    '-1',
    '1e9',
    `${NOW}.0`,
    ` ${NOW}`,
    `${NOW} `,
    `+${NOW}`,
    '0x6b057f20',
    `${NOW}000`,
    'NaN',
  ])('is refused as %j', (timestamp) => {
    expect(receive({ ...sign(), 'webhook-timestamp': timestamp })).toBe('window');
  });

  it('is judged before a signature is looked at', () => {
    const stale = sign({ keys: [foreignKey], now: NOW - 301 });
    expect(receive(stale)).toBe('window');
  });
});

describe('webhook-signature', () => {
  const good = sign()['webhook-signature'];
  const other = sign({ keys: [foreignKey] })['webhook-signature'];
  const receiveSignature = (text: string) => receive({ ...sign(), 'webhook-signature': text });

  it('is one of several, of which others may be unknown', () => {
    expect(receiveSignature(`${other} ${good}`)).toBe('k1');
    expect(receiveSignature(`v1a,${'A'.repeat(86)}== ${good}`)).toBe('k1');
    expect(receiveSignature(`v2,${good.slice(3)} ${good}`)).toBe('k1');
  });

  it('is looked for among the first five only', () => {
    expect(receiveSignature(`${`${other} `.repeat(4)}${good}`)).toBe('k1');
    expect(receiveSignature(`${`${other} `.repeat(5)}${good}`)).toBe('signature');
  });

  it.each([
    ['of another version', good.replace('v1,', 'v2,')],
    ['without version', good.slice(3)],
    ['when empty', ''],
    ['cut off', good.slice(0, -1)],
    ['too long', `${good}A`],
    ['hexadecimal', `v1,${Buffer.from(good.slice(3), 'base64').toString('hex')}`],
    ['empty behind its version', 'v1,'],
  ])('is refused %s', (_name, text) => {
    expect(receiveSignature(text)).toBe('headers');
  });
});

describe('the size of a body', () => {
  const signed = (body: string) => ({ headers: sign({ body }), body });

  it('may be the maximum and not a byte more', () => {
    for (const [bytes, result] of [
      [MAX_INBOX_BODY_BYTES, 'k1'],
      [MAX_INBOX_BODY_BYTES + 1, 'oversized'],
    ] as const) {
      const { headers, body } = signed('x'.repeat(bytes));
      expect(receive(headers, { body })).toBe(result);
    }
  });

  it('is counted in bytes, not in characters', () => {
    const { headers, body } = signed('é€\u{1f600}');
    expect(receive(headers, { body, maxBodyBytes: 9 })).toBe('k1');
    expect(receive(headers, { body, maxBodyBytes: 8 })).toBe('oversized');
  });

  it('is checked before anything else', () => {
    expect(receive({}, { body: 'xx', maxBodyBytes: 1 })).toBe('oversized');
  });

  it('may be nothing', () => {
    expect(receive(sign({ body: '' }), { body: '', maxBodyBytes: 0 })).toBe('k1');
  });
});
