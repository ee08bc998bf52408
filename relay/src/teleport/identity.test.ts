import 'reflect-metadata';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';
import fc from 'fast-check';
import { ClusterPki } from '../../../sandbox/teleport/pki';
import { parseIdentity, validityProblem, type Identity } from './identity';

interface Parts {
  key: string;
  certificate: string;
  authority: string;
}

let pki: ClusterPki;
let parts: Parts;
beforeAll(async () => {
  pki = await ClusterPki.create('root.example.com');
  const pair = await pki.issueIdentity('bot-jira', ['reader']);
  parts = { key: pair.privateKey, certificate: pair.certificate, authority: pki.hostCaPem };
});

function read(text: string): Identity {
  const result = parseIdentity(text);
  if (!result.ok) throw new Error(`refused: ${result.problem.code}`);
  return result.identity;
}

function problem(text: string): string {
  const result = parseIdentity(text);
  return result.ok ? 'none' : result.problem.code;
}

/** A self-signed certificate with a key of the given sort, as different suites of Teleport make them. */
async function selfIssued(
  algorithm: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams | webcrypto.Algorithm,
  name = 'CN=bot-jira,O=root.example.com',
): Promise<{ key: string; certificate: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  if (!('privateKey' in keys)) throw new Error('not a key pair');
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: { ...algorithm, hash: 'SHA-256' },
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 60_000),
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { key: pem('PRIVATE KEY', der), certificate: `${certificate.toString('pem').trim()}\n` };
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

test('a file as tctl writes it, SSH lines and all', async () => {
  const file = await pki.identityFile('bot-jira', ['reader'], 3_600_000);
  expect(file).toMatch(/^ssh-ed25519-cert-v01@openssh\.com /m);
  expect(file).toMatch(/^@cert-authority /m);
  const identity = read(file);
  expect(identity).toMatchObject({
    user: 'bot-jira',
    clusterName: 'root.example.com',
    caFingerprints: [pki.caFingerprint],
  });
  expect(identity.notAfter.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
  expect(identity.tls.ca).toHaveLength(1);
});

test.each<[string, webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams | webcrypto.Algorithm]>([
  [
    'RSA',
    {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
  ],
  ['ECDSA', { name: 'ECDSA', namedCurve: 'P-256' }],
  ['Ed25519', { name: 'Ed25519' }],
])('keys of the sort %s', async (_sort, algorithm) => {
  const { key, certificate } = await selfIssued(algorithm);
  expect(read(key + certificate + parts.authority).user).toBe('bot-jira');
});

test('line ends of Windows and text around the blocks do not matter', () => {
  const text = `# note\n${parts.key}\n\n${parts.certificate}other\n${parts.authority}`;
  expect(read(text.replaceAll('\n', '\r\n'))).toEqual(read(text));
});

describe('fingerprints of the host CAs', () => {
  test('of several depend on neither their order nor doubles', async () => {
    const second = (await ClusterPki.create('root.example.com')).hostCaPem;
    const identityPart = parts.key + parts.certificate;
    const forward = read(identityPart + parts.authority + second).caFingerprints;
    expect(read(identityPart + second + parts.authority).caFingerprints).toEqual(forward);
    expect(read(identityPart + parts.authority + second + second).caFingerprints).toEqual(forward);
    const digests = [parts.authority, second].map((text) =>
      createHash('sha256').update(new X509Certificate(text).raw).digest('hex'),
    );
    expect([...forward].sort()).toEqual(digests.sort());
  });

  test('the oldest comes first, so that a rotation leaves it in place until its end', async () => {
    const rotated = await ClusterPki.create('root.example.com');
    const before = rotated.caFingerprint;
    await rotated.beginRotation();
    const during = read(await rotated.identityFile('bot-jira', [])).caFingerprints;
    expect(during).toHaveLength(2);
    expect(during[0]).toBe(before);
    rotated.endRotation();
    expect(read(await rotated.identityFile('bot-jira', [])).caFingerprints).toEqual([during[1]]);
  });
});

describe('what is refused, each by its own name', () => {
  test.each<[string, (known: Parts) => string]>([
    ['identity_empty', () => ''],
    ['identity_empty', () => 'ssh-ed25519 AAAA alice\n'],
    ['identity_cut_off', ({ key, certificate }) => key + certificate.slice(0, -40)],
    ['identity_cut_off', ({ key, certificate }) => key.slice(0, 60) + '\n' + certificate],
    ['identity_no_certificate', ({ key }) => key],
    ['identity_no_authority', ({ key, certificate }) => key + certificate],
    ['identity_no_key', ({ certificate, authority }) => certificate + authority],
    [
      'identity_key_encrypted',
      ({ key, certificate }) => key.replaceAll('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY') + certificate,
    ],
    [
      'identity_key_unreadable',
      ({ certificate, authority }) => pem('PRIVATE KEY', Buffer.from('x')) + certificate + authority,
    ],
    ['identity_mixed_up', ({ key, certificate, authority }) => key + authority + certificate],
    ['identity_mixed_up', ({ key, certificate, authority }) => key + key + certificate + authority],
    ['identity_mixed_up', ({ key, certificate }) => key + certificate + certificate],
    [
      'identity_certificate_unreadable',
      ({ key, authority }) => key + pem('CERTIFICATE', Buffer.from('x')) + authority,
    ],
  ])('%s', (code, make) => {
    expect(problem(make(parts))).toBe(code);
  });

  test('identity_key_mismatch', async () => {
    const other = await pki.issueIdentity('bot-jira', []);
    expect(problem(other.privateKey + parts.certificate + parts.authority)).toBe('identity_key_mismatch');
  });

  test('identity_no_names', async () => {
    const { key, certificate } = await selfIssued({ name: 'Ed25519' }, 'L=nowhere');
    expect(problem(key + certificate + parts.authority)).toBe('identity_no_names');
  });

  test('any cut of a good file is refused or whole, and never repeated', async () => {
    const file = await pki.identityFile('bot-jira', []);
    const secretLines = parts.key.split('\n').slice(1, -2);
    fc.assert(
      fc.property(fc.nat(file.length - 1), (length) => {
        const result = parseIdentity(file.slice(0, length));
        if (result.ok) expect(length).toBeGreaterThanOrEqual(file.trimEnd().length);
        else secretLines.forEach((line) => expect(result.problem.text).not.toContain(line));
      }),
    );
  });
});

test('dates are judged apart', async () => {
  const identity = read(await pki.identityFile('bot-jira', [], 3_600_000));
  expect(validityProblem(identity, Date.now())).toBeUndefined();
  const late = validityProblem(identity, identity.notAfter.getTime());
  expect(late?.code).toBe('identity_expired');
  expect(late?.text).toContain('expired at');
  const early = validityProblem(identity, identity.notBefore.getTime() - 1);
  expect(early?.code).toBe('identity_not_yet_valid');
  expect(early?.mend).toContain('check the clock');
});
