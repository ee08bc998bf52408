import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetch } from 'undici';
import { z } from 'zod';
import { deriveSigningKey } from '../../contract/signing';
import { RELAY_BUNDLE } from '../../scripts/build-steps';
import { until, World } from '../support/world';
import { accountOf, approves, ask } from './support/cards';
import { InboxCaller, pairingOf } from './support/inbox-caller';
import { settled } from './support/teleport-watch';

const ROLES = ['relay-to-app', 'relay-to-app-answer', 'app-to-relay', 'app-to-relay-answer'] as const;

/** A life with everything in it that handles a secret, and what every part of the system wrote down meanwhile. */
let world: World;
/** Secrets by what they are. */
const secrets = new Map<string, string>();
/** Answers of the admin resolver, without the token that is shown once. */
const adminAnswers: unknown[] = [];
let argumentsOfRelay = '';
let environmentOfRelay = '';
let pagesOfRelay = '';

beforeAll(async () => {
  world = await World.start({
    relayConfig: { timing: { hello_at_most_every: 0.1 }, log: { level: 'debug' } },
  });
  const { sandbox } = world;
  const tokenFile = join(sandbox.dataDir, 'pairing-token');
  const first = await readFile(tokenFile, 'utf8');
  rememberToken('first', first);
  for (const [name, { email, token }] of Object.entries(sandbox.jira.people)) {
    secrets.set(`API token of ${name}`, token);
    secrets.set(`basic authentication of ${name}`, Buffer.from(`${email}:${token}`).toString('base64'));
  }
  const bearer = sandbox.jira.site.authorize({ kind: 'app' })['authorization'] ?? '';
  secrets.set('Jira token of the app', bearer.replace('Bearer ', ''));
  await rememberIdentity(sandbox.teleport.identities['bot-jira-relay'] ?? '');

  await approves(world, await ask(world, { reason: 'first' }));
  const refused = await ask(world, { reason: 'refused' });
  await world.move(refused.issue, 'approved', 'erin');
  await settled(world);

  const { connectionId } = await admin('createConnection', { name: 'Second' });
  const { pairingToken } = await admin('rotateConnection', { connectionId: sandbox.connectionId });
  rememberToken('rotated', pairingToken ?? '');
  await writeFile(tokenFile, pairingToken ?? '', { mode: 0o600 });
  await sandbox.relay.stop();
  sandbox.relay.start();
  await sandbox.relay.untilReady();
  await approves(world, await ask(world, { reason: 'after the rotation' }));

  const stranger = new InboxCaller(world, pairingOf(first));
  await stranger.call('not JSON at all');
  await stranger.call({ v: 1, op: 'open', cluster: 'elsewhere' });
  for (let round = 0; round < 60; round += 1) await stranger.call({}, { role: 'app-to-relay' });

  const pid = String(sandbox.relay.pid);
  argumentsOfRelay = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  environmentOfRelay = await readFile(`/proc/${pid}/environ`, 'utf8');
  for (const page of ['status', 'metrics', 'healthz', 'readyz'])
    pagesOfRelay += await (await fetch(`${sandbox.relay.healthUrl}/${page}`)).text();

  await admin('revokeConnection', { connectionId });
  for (const name of ['listConnections', 'getSettings', 'listActivity', 'getHealth', 'listFailures'])
    await admin(name, {});
  await admin('retryRequest', { cluster: sandbox.teleport.clusterName, requestId: refused.id });
  // Last of all the relay's own connection ends, which makes it complain.
  await admin('revokeConnection', { connectionId: sandbox.connectionId });
  await until('a relay that complains', () => sandbox.relay.output().includes('does not answer'));
});
afterAll(() => world.stop());

const result = z.object({
  ok: z.boolean(),
  value: z.looseObject({ connectionId: z.string().optional(), pairingToken: z.string().optional() }),
});

async function admin(name: string, payload: unknown): Promise<z.infer<typeof result>['value']> {
  const answer = await world.sandbox.forge.invokeResolver('admin', accountOf(world, 'admin'), name, payload);
  const { value } = result.parse(answer);
  const { pairingToken, ...rest } = value;
  if (pairingToken !== undefined) rememberToken(name, pairingToken);
  adminAnswers.push(rest);
  return value;
}

function rememberToken(which: string, token: string): void {
  const { secret } = pairingOf(token);
  secrets.set(`${which} pairing token`, token.slice(5));
  secrets.set(`${which} pairing secret`, secret);
  secrets.set(`${which} pairing secret in hex`, Buffer.from(secret, 'base64url').toString('hex'));
  for (const role of ROLES)
    for (const encoding of ['base64', 'base64url', 'hex'] as const)
      secrets.set(`${which} key ${role} in ${encoding}`, deriveSigningKey(secret, role).toString(encoding));
}

/** Every line of the private key counts as a secret. */
async function rememberIdentity(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const block = /-----BEGIN [A-Z ]*PRIVATE KEY-----\n([\s\S]+?)-----END/.exec(text)?.[1] ?? '';
  const lines = block.split('\n').filter((line) => line.length > 20);
  lines.forEach((line, index) => secrets.set(`line ${index} of the identity's private key`, line));
  expect(lines.length).toBeGreaterThan(0);
}

/** Names of the secrets that a text holds. */
function found(text: string): string[] {
  const bare = text.replaceAll('\\n', '\n').replaceAll('\\/', '/');
  return [...secrets].filter(([, value]) => bare.includes(value)).map(([name]) => name);
}

const written: Record<string, () => string> = {
  'what the relay printed': () => world.sandbox.relay.output(),
  'the relay’s pages': () => pagesOfRelay,
  'the relay’s arguments': () => argumentsOfRelay,
  'the relay’s environment': () => environmentOfRelay,
  'what the app logged': () => JSON.stringify(world.sandbox.forge.logs),
  'errors of the app': () => JSON.stringify(world.sandbox.forge.invocations.map(({ error }) => error ?? '')),
  'what the app stores beside its secrets': () => JSON.stringify(world.sandbox.forge.kvs.dump()),
  'answers of the admin resolver': () => JSON.stringify(adminAnswers),
  'addresses and bodies of calls to Jira': () =>
    JSON.stringify([...world.sandbox.jira.calls].map(({ path, body }) => [path, body])),
  'addresses of calls to the platform': () =>
    JSON.stringify(world.sandbox.forge.invocations.flatMap(({ platformCalls }) => platformCalls)),
  'issues, comments, histories and properties': () =>
    JSON.stringify([...world.sandbox.jira.store.issues.values()], (_key, value: unknown) =>
      value instanceof Map ? [...value] : value,
    ),
};

test.each(Object.entries(written))('no secret is in %s', (_where, text) => {
  expect(text().length).toBeGreaterThan(20);
  expect(found(text())).toEqual([]);
  expect(text()).not.toMatch(
    /tpj1_[A-Za-z0-9]|PRIVATE KEY|eyJ[A-Za-z0-9_-]{20,}\.eyJ|Bearer [A-Za-z0-9]|Basic [A-Za-z0-9]{8}/,
  );
});

test('each of the places was in use', () => {
  const { forge, jira, relay } = world.sandbox;
  expect(relay.output()).toContain('does not answer');
  expect(pagesOfRelay).toContain('# TYPE');
  expect(argumentsOfRelay.split('\0')).toContain('start');
  expect(forge.logs.length).toBeGreaterThan(2);
  expect(jira.calls.length).toBeGreaterThan(20);
  expect(adminAnswers.length).toBeGreaterThan(8);
});

test('a secret would be found: the secret store holds them, and a text with one is told', () => {
  const rotated = secrets.get('rotated pairing secret') ?? '';
  expect(found(`{"secret":"${rotated}"}`)).toEqual(expect.arrayContaining(['rotated pairing secret']));
  expect(secrets.size).toBeGreaterThan(40);
});

test('revoking deletes the keys', () => {
  expect(world.sandbox.forge.kvs.dumpSecrets()).toEqual([]);
});

/** Starts the relay with a configuration of one's own. */
async function run(
  config: string,
  env: Record<string, string> = {},
  stopAfterMs = 10_000,
): Promise<{ code: number | null; output: string }> {
  const file = join(world.sandbox.dataDir, 'broken.yaml');
  await writeFile(file, config, { mode: 0o600 });
  const child = spawn(process.execPath, [RELAY_BUNDLE, 'start', '-d', '-c', file], {
    env: { ...process.env, ...env },
    timeout: stopAfterMs,
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

test.each<[string, (token: string, good: string) => [string, Record<string, string>?]]>([
  ['a broken file', (token) => [`teleport: {}\njira_app: { pairing_token: ${token}\n  - [`]],
  ['a token under a misspelt key', (token, good) => [`${good}\n  pairing_tokn: ${token}\n`]],
  ['a token as a key', (token, good) => [`${good}\n  ${token}: 1\n`]],
  ['a token that was cut off', (token, good) => [`${good}\n  pairing_token: ${token.slice(0, -9)}\n`]],
  [
    'a token where an address belongs',
    (token) => [`teleport: { address: "${token}", identity_file: ${token} }`],
  ],
  ['a token where a mode belongs', (token) => [`decisions: { mode: ${token}, accept: [${token}] }`]],
  [
    'a damaged token in the environment',
    (token, good) => [good, { RELAY_JIRA_APP_PAIRING_TOKEN: token.slice(0, -9) }],
  ],
  ['a token in the environment under another name', (token, good) => [good, { RELAY_JIRA_APP_TOKEN: token }]],
])('bad configuration is told without its value: %s', async (_what, make) => {
  const { sandbox } = world;
  const token = (await readFile(join(sandbox.dataDir, 'pairing-token'), 'utf8')).trim();
  const good = [
    `teleport: { address: "${sandbox.teleport.authAddress}", identity_file: "${sandbox.teleport.identities['bot-jira-relay'] ?? ''}" }`,
    'decisions: { mode: observe }',
    'jira_app:',
  ].join('\n');
  const [config, env] = make(token, good);
  const { code, output } = await run(config, env);
  expect(code).toBe(2);
  expect(output).not.toBe('');
  expect(found(output)).toEqual([]);
  expect(output).not.toContain(token.slice(5, 45));
});

test('a damaged identity is told without its content', async () => {
  const { sandbox } = world;
  const text = await readFile(sandbox.teleport.identities['bot-jira-relay'] ?? '', 'utf8');
  const damaged = join(sandbox.dataDir, 'damaged-identity');
  await writeFile(damaged, text.replace(/(PRIVATE KEY-----\n.{10})/, '$1!'), { mode: 0o600 });
  // A relay waits for an identity that it can use, so this one is told to stop.
  const { code, output } = await run(
    [
      `teleport: { address: "${sandbox.teleport.authAddress}", identity_file: "${damaged}" }`,
      'decisions: { mode: observe }',
      `jira_app: { pairing_token_file: "${join(sandbox.dataDir, 'pairing-token')}" }`,
      'http: { health_address: "127.0.0.1:0" }',
    ].join('\n'),
    {},
    4000,
  );
  expect(code).toBe(0);
  expect(output).toContain('identity file');
  expect(found(output)).toEqual([]);
});
