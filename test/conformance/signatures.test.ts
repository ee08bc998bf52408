import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { anyCharacter } from '../support/arbitraries';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import {
  deriveSigningKey,
  findSigningKey,
  formatMessageId,
  readSignedMessage,
  signRequest,
  type ConnectionKey,
  type SignatureHeaders,
} from '../../contract/signing';

/** Requests are Standard Webhooks messages; that project's own package is the judge, in both directions. */

const NOW = 1_795_528_800;
const ROLES = ['relay-to-app', 'app-to-relay'] as const;
type Role = (typeof ROLES)[number];

const newKey = (keyId: string): ConnectionKey => ({ keyId, secret: randomBytes(32).toString('base64url') });
const key = newKey('k1');
const nextKey = newKey('k2');
const foreignKey = newKey('k1');
const messageId = { connectionId: randomUUID(), keyId: 'k1', uuid: randomUUID() };

/** The package, holding the key of one role. */
const oracle = (role: Role, { secret }: ConnectionKey = key) =>
  new Webhook(deriveSigningKey(secret, role).toString('base64'));

/** Whether the package takes a message; anything but its own refusal is an error of the test. */
function oracleAccepts(judge: Webhook, body: string, headers: SignatureHeaders): boolean {
  try {
    judge.verify(body, { ...headers }, { jsonParse: false });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

/** Whether the contract takes a message. */
function weAccept(role: Role, body: string, headers: SignatureHeaders, keys = [key], now = NOW): boolean {
  const read = readSignedMessage({ headers, body, maxBodyBytes: 1_000_000, now });
  return read.ok && findSigningKey(read.message, role, body, keys) !== undefined;
}

/** Headers that the package gives for a message sent at `at`, Unix time in seconds. */
function signedByOracle(role: Role, body: string, at = NOW, signer = key): SignatureHeaders {
  const id = formatMessageId(messageId);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': oracle(role, signer).sign(id, new Date(at * 1000), body),
  };
}

const signedByUs = (role: Role, body: string, at = NOW, keys: [ConnectionKey, ...ConnectionKey[]] = [key]) =>
  signRequest({ role, id: messageId, keys, body, now: at });

/** Any body, lone surrogates included: both sides must put them into bytes alike. */
const anyBody = fc.oneof(
  fc.json(),
  fc.string({ unit: anyCharacter }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

beforeEach(() => jest.useFakeTimers({ now: NOW * 1000 }));
afterEach(() => jest.useRealTimers());

describe.each(ROLES)('a request %s against the standardwebhooks package', (role) => {
  it('has the very headers that the package would give', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        expect(signedByUs(role, body)).toEqual(signedByOracle(role, body));
      }),
    );
  });

  it('signed by us is accepted by the package', () => {
    fc.assert(
      fc.property(fc.json(), (body) => {
        expect(oracle(role).verify(body, { ...signedByUs(role, body) })).toEqual(JSON.parse(body));
      }),
    );
  });

  it('signed by the package is accepted by us', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        expect(weAccept(role, body, signedByOracle(role, body))).toBe(true);
      }),
    );
  });

  it('that was changed on its way is refused by both', () => {
    const sent = '{"v":1}';
    const headers = signedByUs(role, sent);
    const id = formatMessageId({ ...messageId, uuid: randomUUID() });
    const changed: [string, SignatureHeaders][] = [
      ['{"v":2}', headers],
      [sent, { ...headers, 'webhook-id': id }],
      [sent, { ...headers, 'webhook-timestamp': String(NOW + 1) }],
      [
        sent,
        { ...headers, 'webhook-signature': signedByUs(role, sent, NOW, [foreignKey])['webhook-signature'] },
      ],
      [sent, { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v2,') }],
    ];
    expect(oracleAccepts(oracle(role), sent, headers)).toBe(true);
    expect(weAccept(role, sent, headers)).toBe(true);
    for (const [body, bent] of changed) {
      expect(oracleAccepts(oracle(role), body, bent)).toBe(false);
      expect(weAccept(role, body, bent)).toBe(false);
    }
  });

  it('signed for the other role is refused by both', () => {
    const other = ROLES.find((one) => one !== role)!;
    const headers = signedByUs(other, '{}');
    expect(oracleAccepts(oracle(role), '{}', headers)).toBe(false);
    expect(weAccept(role, '{}', signedByOracle(other, '{}'))).toBe(false);
  });

  it('of any age is judged alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: -305, max: 305 }), (age) => {
        const headers = signedByUs(role, '{}', NOW - age);
        const fresh = Math.abs(age) <= 300;
        expect([oracleAccepts(oracle(role), '{}', headers), weAccept(role, '{}', headers)]).toEqual([
          fresh,
          fresh,
        ]);
      }),
      { examples: [[-301], [-300], [300], [301]] },
    );
  });

  it('signed with two keys during a rotation is accepted by the package with either', () => {
    const headers = signedByUs(role, '{}', NOW, [nextKey, key]);
    expect(oracleAccepts(oracle(role, key), '{}', headers)).toBe(true);
    expect(oracleAccepts(oracle(role, nextKey), '{}', headers)).toBe(true);
    expect(oracleAccepts(oracle(role, foreignKey), '{}', headers)).toBe(false);
  });

  it('signed by the package with one key is accepted by us with both', () => {
    for (const signer of [key, nextKey]) {
      expect(weAccept(role, '{}', signedByOracle(role, '{}', NOW, signer), [key, nextKey])).toBe(true);
    }
    expect(weAccept(role, '{}', signedByOracle(role, '{}', NOW, foreignKey), [key, nextKey])).toBe(false);
  });

  it('is not accepted with the pairing secret itself as key', () => {
    const withSecret = new Webhook(Buffer.from(key.secret, 'base64url').toString('base64'));
    expect(oracleAccepts(withSecret, '{}', signedByUs(role, '{}'))).toBe(false);
  });
});
