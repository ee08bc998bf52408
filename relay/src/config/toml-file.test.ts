import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePairingToken } from '../../../contract/pairing-token';
import { ClusterPki } from '../../../sandbox/teleport/pki';
import { withFlags } from './choices';
import { loadConfig } from './load';
import { formatProblem } from './problems';
import { identitySource } from './teleport-files';

const folder = mkdtempSync(join(tmpdir(), 'relay-toml-'));
afterAll(() => rmSync(folder, { recursive: true }));

const API_TOKEN = randomBytes(18).toString('hex');
const identity = join(folder, 'auth.pem');
const tokenFile = join(folder, 'token');
const CHOICES = { RELAY_DECISIONS_MODE: 'observe', RELAY_JIRA_APP_PAIRING_TOKEN_FILE: tokenFile };

beforeAll(async () => {
  const pki = await ClusterPki.create('test.cluster');
  await writeFile(identity, await pki.identityFile('bot', []));
  const secret = randomBytes(32).toString('base64url');
  const ids = { connectionId: 'c-1', keyId: 'k-1', cloudId: randomUUID(), appId: 'app', environmentId: 'e' };
  const pairing = { webTriggerUrl: 'https://example.com/x1/inbox', secret, ...ids };
  await writeFile(tokenFile, encodePairingToken(pairing));
});

/** A whole file as the official plugin has it. */
const official = () => `
[teleport]
addr = "teleport.example.com:443"
identity = "${identity}"
refresh_identity = true
refresh_identity_interval = "1m"

[jira]
url = "https://example.atlassian.net"
username = "jira-bot@example.com"
api_token = "${API_TOKEN}"
project = "TAR"

[http]
listen_addr = ":8081"
[http.basic_auth]
user = "u"
password = "${API_TOKEN}"

[log]
output = "stderr"
severity = "DEBUG"
`;

let count = 0;
async function load(text: string, env: Readonly<Record<string, string | undefined>> = CHOICES) {
  count += 1;
  const file = join(folder, `teleport-jira-${count}.toml`);
  await writeFile(file, text);
  const result = await loadConfig({ file, env });
  expect(JSON.stringify(result)).not.toContain(API_TOKEN);
  return result;
}
const wrong = async (text: string, env?: Record<string, string | undefined>): Promise<string[]> => {
  const result = await load(text, env);
  return result.ok ? [] : result.problems.map(formatProblem);
};

test('takes Teleport and the log, and names what no longer applies', async () => {
  const result = await load(official());
  expect(result).toMatchObject({
    ok: true,
    config: {
      teleport: { address: 'teleport.example.com:443', identity_file: identity },
      decisions: { mode: 'observe' },
      log: { level: 'debug' },
    },
  });
  const notices = result.ok ? result.notices.join('\n') : '';
  expect(notices).toContain('[jira] no longer applies and was not read (url, username, api_token, project)');
  expect(notices).toContain('[http] no longer applies and was not read (listen_addr, basic_auth)');
  expect(notices).toContain('teleport.refresh_identity is not needed');
  expect(notices).toContain('log.output is not needed');
});

test('asks for what has no default, and says how to give it', async () => {
  const problems = await wrong(official(), {});
  expect(problems).toHaveLength(2);
  expect(problems.join('\n')).toContain('give it as RELAY_DECISIONS_MODE or --mode');
  expect(problems.join('\n')).toContain(
    'give it as RELAY_JIRA_APP_PAIRING_TOKEN_FILE or --pairing-token-file',
  );
  const env = withFlags({}, { mode: 'set-state', 'pairing-token-file': tokenFile });
  expect((await wrong(official(), { ...env })).join('\n')).toContain('or --approver-identity');
  const all = withFlags(env, { 'approver-identity': 'trait' });
  expect(await wrong(official(), { ...all })).toEqual([]);
});

test('the old name of the address, and the address that the official plugin takes by itself', async () => {
  const old = await load(`[teleport]\nauth_server = "auth.example.com:3025"\nidentity = "${identity}"`);
  expect(old).toMatchObject({ ok: true, config: { teleport: { address: 'auth.example.com:3025' } } });
  const none = await load(`[teleport]\nidentity = "${identity}"`);
  expect(none).toMatchObject({ ok: true, config: { teleport: { address: 'localhost:3025' } } });
  expect(none.ok ? none.notices.join() : '').toContain('teleport.addr is not in the file');
});

test('an identity in parts', async () => {
  const pki = await ClusterPki.create('test.cluster');
  const files = await pki.tbotFiles('bot', []);
  const paths = Object.fromEntries(Object.keys(files).map((name) => [name, join(folder, name)]));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  const parts = [
    `client_key = "${paths['key']}"`,
    `client_crt = "${paths['tlscert']}"`,
    `root_cas = "${paths['teleport-host-ca.crt']}"`,
  ];
  const result = await load(['[teleport]', ...parts].join('\n'));
  expect(result.ok && identitySource(result.config.teleport)).toEqual({
    key: paths['key'],
    certificate: paths['tlscert'],
    authorities: paths['teleport-host-ca.crt'],
  });
  expect(result.ok && result.notices.join()).not.toContain('identity');
  const two = await wrong(['[teleport]', ...parts.slice(1)].join('\n'));
  expect(two.join()).toContain('not all of client_key, client_crt, root_cas');
  const both = await wrong(['[teleport]', `identity = "${identity}"`, ...parts].join('\n'));
  expect(both.join()).toContain('one or the other');
  expect((await wrong('[teleport]\naddr = "a:1"')).join()).toContain('path of an identity file');
});

test.each([
  ['a broken line', () => `[jira]\napi_token = "${API_TOKEN}\n`],
  ['a value without a key', () => `= "${API_TOKEN}"`],
  ['the same key twice', () => `[jira]\napi_token = "x"\napi_token = "${API_TOKEN}"`],
])('%s is told by place, never by content', async (_name, text) => {
  const problems = await wrong(text());
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/text that is no TOML at line \d+, column \d+; expected TOML 1\.0/);
});

test.each([
  ['[teleport]\naddr = 5', 'teleport.address: found 5'],
  ['teleport = "x"', 'teleport: found "x"; expected a table'],
  ['[log]\nseverity = "loud"', 'log.level: found "loud"'],
])('%j is refused', async (text, words) => {
  expect((await wrong(text)).join('\n')).toContain(words);
});

test("sections of the relay's own may stand in the file", async () => {
  const text = `${official()}\n[decisions]\nmode = "observe"\n[ceiling]\nroles_deny = ["root"]\n[elsewhere]\nx = 1`;
  const result = await load(text, { RELAY_JIRA_APP_PAIRING_TOKEN_FILE: tokenFile });
  expect(result).toMatchObject({ ok: true, config: { ceiling: { roles_deny: ['root'] } } });
  expect(result.ok ? result.notices.join() : '').toContain('[elsewhere] is no section that the relay knows');
});
