import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { anyCharacter } from '../test/support/arbitraries';
import { decodePairingToken, encodePairingToken, type Pairing } from './pairing-token';

function newPairing(changes: Partial<Pairing> = {}): Pairing {
  return {
    webTriggerUrl: 'https://0a1b2c3d.hello.atlassian-dev.net/x1/abcdefghijklmnop',
    connectionId: randomUUID(),
    keyId: 'k1',
    secret: randomBytes(32).toString('base64url'),
    cloudId: randomUUID(),
    appId: `ari:cloud:ecosystem::app/${randomUUID()}`,
    environmentId: `ari:cloud:ecosystem::environment/${randomUUID()}`,
    ...changes,
  };
}

/** A token as a faulty or hostile writer could make it. */
function tokenOf(content: unknown): string {
  return `tpj1_${Buffer.from(JSON.stringify(content), 'utf8').toString('base64url')}`;
}

/** The reason for which a token is refused. */
function reasonFor(token: string): string {
  const result = decodePairingToken(token);
  if (result.ok) throw new Error('the token was accepted');
  return result.reason;
}

/** Whether a text gives away six or more characters in a row of a secret. */
function repeatsPartOf(secret: string, text: string): boolean {
  return Array.from({ length: Math.max(0, secret.length - 5) }, (_, at) => secret.slice(at, at + 6)).some(
    (part) => text.includes(part),
  );
}

const anyPairing: fc.Arbitrary<Pairing> = fc.record({
  webTriggerUrl: fc.webUrl({ validSchemes: ['https'] }),
  connectionId: fc.uuid(),
  keyId: fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/),
  secret: fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString('base64url')),
  cloudId: fc.uuid(),
  appId: fc.string({ unit: anyCharacter, minLength: 1, maxLength: 60 }),
  environmentId: fc.string({ unit: anyCharacter, minLength: 1, maxLength: 60 }),
});

describe('a pairing token', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(anyPairing, (pairing) => {
        expect(decodePairingToken(encodePairingToken(pairing))).toEqual({ ok: true, pairing });
      }),
    );
  });

  it('is one word that can be copied anywhere', () => {
    fc.assert(
      fc.property(anyPairing, (pairing) => {
        expect(encodePairingToken(pairing)).toMatch(/^tpj1_[A-Za-z0-9_-]+$/);
      }),
    );
  });

  it('may have white space around it, as files do', () => {
    const pairing = newPairing();
    expect(decodePairingToken(` \t${encodePairingToken(pairing)}\r\n`)).toEqual({ ok: true, pairing });
  });

  it('does not hand on what is no part of a pairing', () => {
    const pairing = newPairing();
    expect(decodePairingToken(tokenOf({ ...pairing, role: 'admin' }))).toEqual({ ok: true, pairing });
  });

  it('is refused wherever it is cut off', () => {
    const token = encodePairingToken(newPairing());
    for (let length = 0; length < token.length; length += 1) {
      const reason = length < 5 ? 'it does not begin with tpj1_' : 'it is damaged or cut off';
      expect(reasonFor(token.slice(0, length))).toBe(reason);
    }
  });

  it('is refused with another prefix', () => {
    const token = encodePairingToken(newPairing());
    for (const other of [
      token.slice(5),
      token.replace('tpj1_', 'tpj2_'),
      token.toUpperCase(),
      `x${token}`,
      '',
    ]) {
      expect(reasonFor(other)).toBe('it does not begin with tpj1_');
    }
  });

  it.each([
    ['no JSON', `tpj1_${Buffer.from('not JSON').toString('base64url')}`],
    ['two tokens in one line', `${encodePairingToken(newPairing())}${encodePairingToken(newPairing())}`],
  ])('is refused when it holds %s', (_name, token) => {
    expect(reasonFor(token)).toBe('it is damaged or cut off');
  });

  it.each([null, 'text', 1, true, []])('is refused when it holds %j instead of an object', (content) => {
    expect(reasonFor(tokenOf(content))).toBe('these parts are missing or malformed: all');
  });

  it.each(Object.keys(newPairing()))('is refused without %s, which the reason names', (field) => {
    expect(reasonFor(tokenOf({ ...newPairing(), [field]: undefined }))).toBe(
      `these parts are missing or malformed: ${field}`,
    );
  });

  it('is refused with all that is wrong named once', () => {
    const { webTriggerUrl, secret } = newPairing();
    expect(reasonFor(tokenOf({ webTriggerUrl, secret, connectionId: '', keyId: 7 }))).toBe(
      'these parts are missing or malformed: connectionId, keyId, cloudId, appId, environmentId',
    );
  });

  it.each<[field: keyof Pairing, value: string]>([
    ['connectionId', ''],
    ['connectionId', 'x'.repeat(65)],
    ['connectionId', 'with.dot'],
    ['keyId', ''],
    ['keyId', 'x'.repeat(65)],
    ['keyId', 'with space'],
    ['secret', 'A'.repeat(42)],
    ['secret', 'A'.repeat(44)],
    ['secret', `${'A'.repeat(42)}+`],
    ['secret', `${'A'.repeat(42)}=`],
    ['cloudId', ''],
    ['cloudId', 'x'.repeat(129)],
    ['appId', ''],
    ['appId', 'x'.repeat(257)],
    ['environmentId', ''],
    ['environmentId', 'x'.repeat(257)],
  ])('is refused with %s being %j', (field, value) => {
    expect(reasonFor(tokenOf(newPairing({ [field]: value })))).toBe(
      `these parts are missing or malformed: ${field}`,
    );
  });

  describe('its web trigger URL', () => {
    it.each([
      'http://127.0.0.1:8123/public/abc',
      'http://localhost:8123/public/abc',
      'http://[::1]:8123/public/abc',
      'https://127.0.0.1:8123/public/abc',
      'https://teleport.example.com/x1/abc',
    ])('may be %s', (webTriggerUrl) => {
      expect(decodePairingToken(tokenOf(newPairing({ webTriggerUrl })))).toMatchObject({ ok: true });
    });

    it.each([
      'http://teleport.example.com/x1/abc',
      'http://127.0.0.1.example.com/x1/abc',
      'http://localhost.example.com/x1/abc',
      'http://localhost@example.com/x1/abc',
      'http://127.0.0.1:80@example.com/x1/abc',
      'http://example.com#@localhost',
      'http://example.com\\@localhost',
      'http://10.0.0.1/x1/abc',
      'http://0.0.0.0/x1/abc',
      'ws://localhost/x1/abc',
      'file:///etc/passwd',
      'javascript:alert(1)',
      '//teleport.example.com/x1/abc',
      'teleport.example.com/x1/abc',
      '',
    ])('may not be %s', (webTriggerUrl) => {
      expect(reasonFor(tokenOf(newPairing({ webTriggerUrl })))).toBe(
        'these parts are missing or malformed: webTriggerUrl',
      );
    });
  });

  describe('the reason for refusing it', () => {
    const { secret } = newPairing();
    const pairing = newPairing({ secret });
    const token = encodePairingToken(pairing);

    it.each([
      ['its secret is too long', tokenOf({ ...pairing, secret: `${secret}A` })],
      ['its secret is too short', tokenOf({ ...pairing, secret: secret.slice(1) })],
      ['its secret is padded', tokenOf({ ...pairing, secret: `${secret}=` })],
      ['its secret stands in a list', tokenOf({ ...pairing, secret: [secret] })],
      ['its secret is the name of a member', tokenOf({ ...pairing, secret: { [secret]: secret } })],
      ['its secret is the name of another field', tokenOf({ [secret]: secret })],
      [
        'its secret stands in the URL',
        tokenOf({ ...pairing, webTriggerUrl: `http://${secret}.example.com` }),
      ],
      ['its secret stands in the key id', tokenOf({ ...pairing, keyId: `${secret}.` })],
      ['it is the secret alone', secret],
      ['it is the secret behind the prefix', `tpj1_${secret}`],
      ['it holds the secret as text', tokenOf(secret)],
      [
        'it holds the secret outside JSON',
        `tpj1_${Buffer.from(`{"secret": ${secret}`).toString('base64url')}`,
      ],
      ['its prefix is missing', token.slice(5)],
      ['it is cut off', token.slice(0, -20)],
    ])('tells nothing of the secret when %s', (_name, damaged) => {
      const reason = reasonFor(damaged);
      expect(repeatsPartOf(secret, reason)).toBe(false);
      expect(repeatsPartOf(damaged.replace(/^tpj1_/, ''), reason)).toBe(false);
    });

    it('tells nothing of the secret, whatever character of the token is changed', () => {
      const damages = fc.record({
        at: fc.nat({ max: token.length - 1 }),
        by: fc.string({ minLength: 1, maxLength: 3 }),
      });
      fc.assert(
        fc.property(damages, ({ at, by }) => {
          const result = decodePairingToken(token.slice(0, at) + by + token.slice(at + 1));
          expect(!result.ok && repeatsPartOf(secret, result.reason)).toBe(false);
        }),
      );
    });
  });
});
