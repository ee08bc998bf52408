import { randomUUID } from 'node:crypto';
import { decideAnswer } from '../../contract/push';
import { TokenIssuer, type TokenParts } from '../support/relay/invocation-tokens';
import { push } from '../support/relay/push-client';
import { INSTALLATION, RelayRig } from '../support/relay/relay-rig';

/* Tokens that are not of our app's functions, each with everything else about the call right. */
let rig: RelayRig;
const issuer = new TokenIssuer();
beforeAll(async () => {
  await issuer.start();
  rig = await RelayRig.start({ push: { jwks_url: issuer.url } });
});
afterAll(async () => {
  await rig.stop();
  await issuer.stop();
});

const decide = (requestId: string) => ({ v: 1, op: 'decide', decision: rig.decisionOn(requestId) });

/** The call is refused without a word, and Teleport is left alone; with a genuine token it goes through. */
async function refuses(token: string | undefined): Promise<void> {
  const id = await rig.ask();
  const message = decide(id);
  const answer = await push(rig, '/v1/decisions', message, { token });
  expect(answer).toMatchObject({ status: 401, isSigned: false, message: '' });
  expect(rig.doneByRelay(id)).toEqual([]);
  expect(rig.stateOf(id)).toBe('PENDING');
  const genuine = await push(rig, '/v1/decisions', message, { token: await issuer.genuine() });
  expect(genuine).toMatchObject({ status: 200, isSigned: true });
  expect(rig.stateOf(id)).toBe('APPROVED');
}

test('the platform’s own token with our signature decides within the call', async () => {
  const id = await rig.ask();
  const answer = await push(rig, '/v1/decisions', decide(id), { token: await issuer.genuine() });
  expect(answer).toMatchObject({ status: 200, isSigned: true });
  expect(decideAnswer.parse(answer.message)).toMatchObject({
    result: 'done',
    item: { requestId: id, snapshot: { state: 'APPROVED' }, outcome: { outcome: { kind: 'applied' } } },
  });
  expect(rig.doneByRelay(id)).toMatchObject([{ state: 'APPROVED', delegator: 'jira:account-bob' }]);
});

test('no token', () => refuses(undefined));

test.each(['none', 'HS256', 'HS256 in disguise'] as const)('another algorithm: %s', (alg) =>
  refuses(issuer.confuse(alg)),
);

test.each(['none', 'HS256', 'RS512', 'PS256'])('a header that names %s over a good signature', (alg) =>
  refuses(issuer.forge(({ header }) => (header['alg'] = alg))),
);

const app = (change: (claims: TokenParts['claims']['app']) => void) => (parts: TokenParts) =>
  change(parts.claims.app);
const seconds = () => Math.floor(Date.now() / 1000);
const otherApp = `ari:cloud:ecosystem::app/${randomUUID()}`;

test.each<[string, (parts: TokenParts) => void]>([
  ['another issuer', ({ claims }) => (claims['iss'] = 'somebody')],
  ['another app as audience', ({ claims }) => (claims['aud'] = otherApp)],
  ['our app among several audiences', ({ claims }) => (claims['aud'] = [INSTALLATION.appId, otherApp])],
  ['the bare id as audience', ({ claims }) => (claims['aud'] = INSTALLATION.appUuid)],
  ['another app as sender', app((of) => (of['id'] = otherApp))],
  ['another environment', app((of) => (of['environment'] = { id: randomUUID() }))],
  [
    'our environment’s id under another app',
    app((of) => {
      const id = `ari:cloud:ecosystem::environment/${randomUUID()}/${INSTALLATION.environmentUuid}`;
      of['environment'] = { id };
    }),
  ],
  [
    'another site',
    app((of) => (of['installation'] = { contexts: [{ name: 'jira', cloudId: randomUUID() }] })),
  ],
  [
    'our site in one place and another in the address',
    app((of) => {
      const apiBaseUrl = `https://api.atlassian.com/ex/jira/${randomUUID()}`;
      of['installation'] = { contexts: [{ cloudId: INSTALLATION.cloudId, apiBaseUrl }] };
    }),
  ],
  [
    'no site at all',
    app((of) => {
      delete of['installation'];
      delete of['apiBaseUrl'];
    }),
  ],
  ['a token that ended', ({ claims }) => Object.assign(claims, { nbf: seconds() - 60, exp: seconds() - 31 })],
  [
    'a token of the future',
    ({ claims }) => Object.assign(claims, { nbf: seconds() + 40, exp: seconds() + 65 }),
  ],
  ['a token that lives for a day', ({ claims }) => (claims['exp'] = seconds() + 86_400)],
  ['a token without an end', ({ claims }) => delete claims['exp']],
  ['a page’s viewer', ({ claims }) => (claims['principal'] = 'account-bob')],
  ['a page’s context', ({ claims }) => (claims['context'] = { cloudId: INSTALLATION.cloudId })],
  ['an isolated cloud', ({ claims }) => (claims['icLabel'] = 'label')],
  ['a module of a page', app((of) => (of['module'] = { type: 'jira:issueContext', key: 'decide' }))],
  ['an extension that must be understood', ({ header }) => (header['crit'] = ['exp'])],
  ['more than a token holds', ({ claims }) => (claims['padding'] = 'x'.repeat(8000))],
])('%s', (_what, change) => refuses(issuer.forge(change)));

test('a token as pages send them, with a forged body', () =>
  refuses(
    issuer.forge(({ claims }) => {
      claims['principal'] = 'account-of-a-viewer';
      claims['context'] = { cloudId: INSTALLATION.cloudId, moduleKey: 'decide' };
      claims.app['module'] = { type: 'jira:issueContext', key: 'decide' };
    }),
  ));

test('a genuine token whose claims were changed', async () => {
  const [header, claims, signature] = (await issuer.genuine()).split('.');
  const changed = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString('utf8')) as object;
  const rewritten = Buffer.from(JSON.stringify({ ...changed, jti: 'another' })).toString('base64url');
  await refuses([header, rewritten, signature].join('.'));
});

test('clocks that differ by half a minute are borne', async () => {
  const id = await rig.ask();
  for (const shift of [-29, 29]) {
    const token = issuer.forge(({ claims }) => {
      Object.assign(claims, { iat: seconds() + shift, nbf: seconds() + shift });
      claims['exp'] = shift < 0 ? seconds() - 28 : seconds() + shift + 25;
    });
    const message = { v: 1, op: 'ping' };
    expect(await push(rig, '/v1/ping', message, { token })).toMatchObject({ status: 200 });
  }
  expect(rig.stateOf(id)).toBe('PENDING');
});

test('ids as a pairing token may also carry them, and a site that only the address names', async () => {
  const token = issuer.forge(({ claims }) => {
    claims.app['environment'] = { id: INSTALLATION.environmentUuid };
    delete claims.app['installation'];
  });
  expect(await push(rig, '/v1/ping', { v: 1, op: 'ping' }, { token })).toMatchObject({ status: 200 });
});

test('a flood of unknown key ids makes the keys be fetched once at most', async () => {
  const before = issuer.fetches;
  const ping = { v: 1, op: 'ping' };
  for (let round = 0; round < 8; round += 1) {
    const tokens = Array.from({ length: 8 }, (_, index) =>
      issuer.forge(({ header }) => (header['kid'] = `unknown-${round}-${index}`)),
    );
    const answers = await Promise.all(tokens.map((token) => push(rig, '/v1/ping', ping, { token })));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(8).fill(401));
  }
  expect(issuer.fetches - before).toBeLessThanOrEqual(1);
  expect(await push(rig, '/v1/ping', ping, { token: await issuer.genuine() })).toMatchObject({
    ...{ status: 200, isSigned: true, message: { connectionId: rig.pairing.connectionId } },
  });
});
