import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { encodePairingToken, type Pairing } from '../../../contract/pairing-token';
import { ClusterPki } from '../../../sandbox/teleport/pki';
import { loadConfig } from './load';
import { formatProblem } from './problems';

const folder = mkdtempSync(join(tmpdir(), 'relay-config-'));
const identityFile = join(folder, 'identity');
const pairing: Pairing = {
  webTriggerUrl: 'https://example.com/x1/inbox',
  connectionId: 'c-1',
  keyId: 'k-1',
  secret: randomBytes(32).toString('base64url'),
  cloudId: 'cloud',
  appId: 'app',
  environmentId: 'env',
};
const token = encodePairingToken(pairing);
const tokenFile = join(folder, 'token');

let count = 0;
function file(content: string | Buffer): string {
  count += 1;
  const path = join(folder, `f${count}`);
  writeFileSync(path, content);
  return path;
}

beforeAll(async () => {
  const pki = await ClusterPki.create('root.example.com');
  writeFileSync(identityFile, await pki.identityFile('bot-jira', []));
  writeFileSync(tokenFile, `${token}\n`);
  writeFileSync(join(folder, 'expired'), await pki.identityFile('bot-jira', [], -1000));
  mkdirSync(join(folder, 'directory'));
});
afterAll(() => rm(folder, { recursive: true }));

const GOOD = () => `
teleport:
  address: auth.example.com:3025
  identity_file: ${identityFile}
jira_app:
  pairing_token_file: ${tokenFile}
decisions:
  mode: observe
`;

async function load(yaml: string | undefined, env: Record<string, string> = {}) {
  return loadConfig({ ...(yaml === undefined ? {} : { file: file(yaml) }), env });
}

/** The problems of a configuration, each as its one line. */
async function problems(yaml: string | undefined, env: Record<string, string> = {}): Promise<string[]> {
  const result = await load(yaml, env);
  return result.ok ? [] : result.problems.map(formatProblem);
}

describe('a good configuration', () => {
  test('from a file has defaults, the decoded pairing and no token', async () => {
    const result = await load(GOOD());
    if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
    expect(result.pairing).toEqual(pairing);
    expect(result.notices).toEqual([]);
    expect(result.config).toMatchObject({
      teleport: { address: 'auth.example.com:3025', identity_file: identityFile },
      decisions: { mode: 'observe', accept: ['panel', 'card'], allow_threshold_bypass: false },
      ceiling: { roles_allow: ['*'] },
      timing: { list_every: 600 },
    });
    expect(JSON.stringify(result.config)).not.toContain(token);
  });

  test('from the environment alone', async () => {
    const result = await load(undefined, {
      RELAY_TELEPORT_ADDRESS: '[::1]:3025',
      RELAY_TELEPORT_IDENTITY_FILE: identityFile,
      RELAY_JIRA_APP_PAIRING_TOKEN: ` ${token}\n`,
      RELAY_DECISIONS_MODE: 'set-state',
      RELAY_DECISIONS_APPROVER_IDENTITY: 'trait',
      RELAY_DECISIONS_ACCEPT: 'panel',
      RELAY_DECISIONS_ALLOW_THRESHOLD_BYPASS: 'true',
      RELAY_CEILING_ROLES_ALLOW: 'editor, auditor',
      RELAY_CEILING_ROLES_DENY: '',
      RELAY_CEILING_MAX_ACCESS_DURATION: '12h',
      RELAY_CEILING_MAX_APPROVALS_PER_HOUR: '20',
      RELAY_TIMING_RETRY_FIRST: '0.5',
      RELAY_TIMING_CLOCK_EPOCH: '0',
      RELAY_TIMING_CLOCK_RATE: '60',
      PATH: '/bin',
    });
    if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
    expect(result.pairing).toEqual(pairing);
    expect(result.config).toMatchObject({
      decisions: { mode: 'set-state', accept: ['panel'], allow_threshold_bypass: true },
      ceiling: {
        roles_allow: ['editor', 'auditor'],
        roles_deny: [],
        max_access_duration: 43_200_000,
        max_approvals_per_hour: 20,
      },
      timing: { retry_first: 0.5, clock: { epoch: 0, rate: 60 } },
    });
  });

  test('the environment replaces the file, and says so', async () => {
    const result = await load(`${GOOD()}log: { level: debug }\n`, {
      RELAY_LOG_LEVEL: 'warn',
      RELAY_DECISIONS_MODE: 'observe',
    });
    expect(result).toMatchObject({
      ok: true,
      config: { log: { level: 'warn' } },
      notices: ['RELAY_LOG_LEVEL replaces log.level of the file'],
    });
  });

  test('an expired identity is a notice, since it may be renewed', async () => {
    const result = await load(GOOD(), { RELAY_TELEPORT_IDENTITY_FILE: join(folder, 'expired') });
    expect(result.ok).toBe(true);
    expect(result.ok && result.notices.join()).toContain('expired at');
  });

  test('variables of others are not read; one that looks mistyped is noticed', async () => {
    const result = await load(GOOD(), { RELAY_SERVICE_HOST: '10.0.0.1', RELAY_DECISION_MODE: 'observe' });
    expect(result).toMatchObject({
      ok: true,
      notices: ['RELAY_DECISION_MODE is no setting and was not read; did you mean RELAY_DECISIONS_MODE?'],
    });
  });
});

describe('what is wrong', () => {
  test('with nothing at all: each thing that is missing, by its name', async () => {
    expect(await problems(undefined)).toEqual([
      'teleport.address: found nothing; expected a text',
      'decisions.mode: found nothing; expected one of observe, set-state, review-as-bot',
      'teleport.identity_file: found nothing; expected path of an identity file, or of a directory that tbot writes to',
      expect.stringMatching(
        /^jira_app\.pairing_token: found nothing; expected the pairing token .* exactly one of /,
      ),
    ]);
  });

  test('all at once, with what was found and what is expected', async () => {
    const text = `
teleport: { address: auth.example.com, identity_file: ${folder}/none, adress: x }
decisions: { mode: approve, accept: [panel, mail], allow_threshold_bypass: yes please }
ceiling: { roles_allow: [1], max_access_duration: 2 hours, max_approvals_per_hour: 0 }
http: 8090
log: { level: trace }
timings: {}
`;
    expect(await problems(text, { RELAY_TIMING_LIST_EVERY: 'often' })).toEqual([
      'teleport.address: found "auth.example.com"; expected host:port, for example teleport.example.com:3025',
      'teleport.adress: found an unknown key; expected a known key; did you mean teleport.address?',
      'decisions.mode: found "approve"; expected one of observe, set-state, review-as-bot',
      'decisions.accept, item 2: found "mail"; expected a list; each one of panel, card',
      'decisions.allow_threshold_bypass: found "yes please"; expected true or false',
      'ceiling.roles_allow, item 1: found 1; expected a list of names',
      'ceiling.max_access_duration: found "2 hours"; expected a duration such as 90m, 12h or 2d',
      'ceiling.max_approvals_per_hour: found 0; expected a whole number above 0, at most 100000',
      'http: found 8090; expected a mapping of settings',
      'log.level: found "trace"; expected one of debug, info, warn, error',
      'RELAY_TIMING_LIST_EVERY: found "often"; expected a number above 0, at most 86400',
      'timings: found an unknown key; expected a known key; did you mean timing?',
      expect.stringContaining('jira_app.pairing_token: found nothing'),
    ]);
  });

  test('set-state without approver identity, beside another problem of that section', async () => {
    expect(await problems(GOOD().replace('mode: observe', 'mode: set-state'))).toEqual([
      'decisions.approver_identity: found nothing; expected trait, email or any: how to prove that nobody approves their own request',
    ]);
    const both = await problems(GOOD().replace('mode: observe', 'mode: set-state\n  delegator: name'));
    expect(both.map((line) => line.split(':')[0])).toEqual([
      'decisions.delegator',
      'decisions.approver_identity',
    ]);
  });

  test.each([
    ['a port that is none', 'auth.example.com:99999'],
    ['a web address', 'https://auth.example.com'],
    ['a bare IPv6 address', '::1:3025x'],
  ])('%s as address', async (_name, address) => {
    const lines = await problems(GOOD(), { RELAY_TELEPORT_ADDRESS: address });
    expect(lines).toEqual([
      `RELAY_TELEPORT_ADDRESS: found "${address}"; expected host:port, for example teleport.example.com:3025`,
    ]);
  });

  test('a key in the wrong section gets a hint', async () => {
    expect(await problems(`${GOOD()}mode: observe\n`)).toEqual([
      'mode: found an unknown key; expected a known key; did you mean decisions.mode?',
    ]);
  });

  test('an unknown variable of a known section', async () => {
    expect(await problems(GOOD(), { RELAY_DECISIONS_MODES: 'observe' })).toEqual([
      'RELAY_DECISIONS_MODES: found an unknown setting; expected a known setting; did you mean RELAY_DECISIONS_MODE?',
    ]);
  });
});

describe('a file that cannot be used', () => {
  const only = async (path: string): Promise<string> => {
    const result = await loadConfig({ file: path, env: {} });
    if (result.ok || result.problems.length !== 1) throw new Error('not one problem');
    return result.problems.map(({ found }) => found).join();
  };

  test.each<[string, () => string, string]>([
    ['missing', () => join(folder, 'none.yaml'), 'no such file'],
    ['below a file', () => join(tokenFile, 'x'), 'no such file'],
    ['a directory', () => join(folder, 'directory'), 'a directory'],
    ['empty', () => file(''), 'an empty file'],
    ['not UTF-8', () => file(Buffer.from([0xff, 0xfe, 0x00, 0xd8])), 'a file that is not UTF-8 text'],
    ['too large', () => file('#'.repeat(1_000_001)), 'a file of more than 1 MB'],
    ['only a comment', () => file('# nothing\n'), 'nothing'],
    ['a list', () => file('- a\n'), 'a list'],
    ['a single value', () => file(token), 'a single value'],
    ['with a key twice', () => file('log: {}\nlog: {}\n'), 'a key that stands twice at line 2, column 1'],
    ['with a tab', () => file('log:\n\tlevel: info\n'), 'a tab as indentation at line 2, column 1'],
    [
      'with an open quote',
      () => file('log:\n  level: "info\n'),
      'a missing quote, bracket, colon or comma at line 3, column 1',
    ],
    ['with a tag', () => file('log: !!binary aGk=\n'), 'a tag at line 1, column 6'],
    [
      'of two documents',
      () => file('log: {}\n---\nhttp: {}\n'),
      'more than one document at line 2, column 1',
    ],
    ['with a key that is no text', () => file('? [a]\n: 1\n'), 'a key that is no text at line 1, column 3'],
    ['with an alias to nowhere', () => file('log: *x\n'), 'too many or broken aliases'],
    ['with aliases that explode', () => file(bomb()), 'too many or broken aliases'],
  ])('%s', async (_name, path, found) => {
    expect(await only(path())).toBe(found);
  });

  function bomb(): string {
    const lines = ['a0: &a0 [x, x]'];
    for (let i = 1; i < 20; i += 1) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
    return lines.join('\n');
  }
});

describe('the pairing token', () => {
  const without = () => GOOD().replace(/ {2}pairing_token_file.*\n/, '');

  test('two sources are one too many, whatever they hold', async () => {
    expect(await problems(GOOD(), { RELAY_JIRA_APP_PAIRING_TOKEN: token })).toEqual([
      'jira_app.pairing_token: found more than one source: jira_app.pairing_token_file and RELAY_JIRA_APP_PAIRING_TOKEN; expected exactly one',
    ]);
    const both = without().replace('jira_app:', `jira_app:\n  pairing_token: ${token}`);
    expect(await problems(both, { RELAY_JIRA_APP_PAIRING_TOKEN_FILE: tokenFile })).toHaveLength(1);
  });

  test.each<[string, () => Record<string, string>, string]>([
    ['a missing file', () => ({ RELAY_JIRA_APP_PAIRING_TOKEN_FILE: `${folder}/none` }), 'no such file'],
    ['a directory', () => ({ RELAY_JIRA_APP_PAIRING_TOKEN_FILE: `${folder}/directory` }), 'a directory'],
    ['an empty file', () => ({ RELAY_JIRA_APP_PAIRING_TOKEN_FILE: file('\n') }), 'an empty file'],
    ['an empty variable', () => ({ RELAY_JIRA_APP_PAIRING_TOKEN: '' }), 'an empty text'],
    ['an empty path', () => ({ RELAY_JIRA_APP_PAIRING_TOKEN_FILE: ' ' }), 'an empty text'],
    ['something else', () => ({ RELAY_JIRA_APP_PAIRING_TOKEN: pairing.secret }), 'does not begin with tpj1_'],
    ['a cut token', () => ({ RELAY_JIRA_APP_PAIRING_TOKEN: token.slice(0, -30) }), 'damaged or cut off'],
    [
      'a token over plain HTTP',
      () => ({
        RELAY_JIRA_APP_PAIRING_TOKEN: encodePairingToken({ ...pairing, webTriggerUrl: 'http://x.com/' }),
      }),
      'malformed: webTriggerUrl',
    ],
  ])('%s', async (_name, env, found) => {
    const lines = await problems(without(), env());
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(found);
    expect(lines[0]).toMatch(/^RELAY_JIRA_APP_PAIRING_TOKEN(?:_FILE)?: /);
  });

  test('of the wrong type is not shown', async () => {
    const yaml = without().replace('jira_app:', 'jira_app:\n  pairing_token: 12345678');
    expect(await problems(yaml)).toEqual([
      "jira_app.pairing_token: found a number; expected the pairing token of the app's admin page",
    ]);
  });
});

describe('the identity file', () => {
  test.each<[string, () => string, string]>([
    ['missing', () => join(folder, 'none'), 'the identity file is not there'],
    ['an empty directory', () => join(folder, 'directory'), 'holds no complete identity'],
    ['something else', () => tokenFile, 'holds no PEM block'],
    ['cut off', () => file('-----BEGIN PRIVATE KEY-----\nMIGH'), 'cut off'],
  ])('%s: the relay starts and waits', async (_name, path, found) => {
    const result = await load(GOOD(), { RELAY_TELEPORT_IDENTITY_FILE: path() });
    expect(result.ok && result.notices.join()).toContain(found);
    expect(result.ok && result.notices.join()).toMatch(/; expected .+; .+/);
  });

  test.each([['a\0b'], ['x'.repeat(300)]])('a path that no file can have', async (path) => {
    expect(await problems(GOOD(), { RELAY_TELEPORT_IDENTITY_FILE: path })).toEqual([
      'teleport.identity_file: found a path that no file can have; expected path of an identity file, or of a directory that tbot writes to',
    ]);
  });

  test('web CAs must be there and be certificates', async () => {
    const env = { RELAY_TELEPORT_WEB_CA_FILE: join(folder, 'none') };
    expect(await problems(GOOD(), env)).toEqual([
      `teleport.web_ca_file: found no such file at ${folder}/none; expected a PEM file of CA certificates`,
    ]);
    const [line] = await problems(GOOD(), { RELAY_TELEPORT_WEB_CA_FILE: tokenFile });
    expect(line).toContain('that holds no certificate');
  });
});

describe('no secret is ever shown', () => {
  /** Every stretch of the token or the secret that is long enough to matter. */
  const leaks = (text: string): boolean => {
    const length = 10;
    return [token, pairing.secret].some((secret) =>
      Array.from({ length: secret.length - length + 1 }, (_, at) => secret.slice(at, at + length)).some(
        (part) => text.includes(part),
      ),
    );
  };

  const secretText = fc.oneof(
    fc.constant(token),
    fc.constant(pairing.secret),
    fc.integer({ min: 20, max: token.length }).map((length) => token.slice(0, length)),
    fc.integer({ min: 0, max: token.length - 30 }).map((start) => token.slice(start)),
  );
  const place = fc.constantFrom(
    'teleport: { address: @ }',
    'teleport: { identity_file: @ }',
    'teleport: { @: x }',
    'teleport: { web_url: "https://user:@@example.com" }',
    'decisions: { mode: @ }',
    'decisions: { accept: [@] }',
    'decisions: { accept: @ }',
    'ceiling: { roles_allow: { @: 1 } }',
    'ceiling: { max_access_duration: @ }',
    'timing: { list_every: "@" }',
    'timing: @',
    'log: { level: "@\u202e" }',
    'http: { health_address: @ }',
    'jira_app: { pairing_token: @x }',
    'jira_app: { pairing_token_file: @ }',
    'jira_app: { pairing_tokens: @ }',
    'jira_app: @',
    'jira_app:\n  pairing_token: @\n pairing: x',
    'jira_app:\n\tpairing_token: @',
    'jira_app: { pairing_token: "@ }',
    'jira_app: pairing_token: @',
    'jira_app: &@ x',
    'jira_app: *@',
    'jira_app: !@ x',
    'jira_app: { pairing_token: !!int @ }',
    '@: x',
    '@: x\n@: y',
    '@',
    '- @',
    '@\n}',
    '%@\n---\nlog: {}',
  );

  test('wherever it was pasted in the file', async () => {
    await fc.assert(
      fc.asyncProperty(place, secretText, async (template, secret) => {
        const lines = await problems(template.replaceAll('@', secret));
        expect(lines.length).toBeGreaterThan(0);
        lines.forEach((line) => {
          expect(leaks(line)).toBe(false);
          expect(line).not.toMatch(/[\n\u202e]/);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('whichever variable holds it', async () => {
    const names = [
      'RELAY_TELEPORT_ADDRESS',
      'RELAY_TELEPORT_IDENTITY_FILE',
      'RELAY_DECISIONS_MODE',
      'RELAY_DECISIONS_ACCEPT',
      'RELAY_TIMING_LIST_EVERY',
      'RELAY_CEILING_MAX_APPROVALS_PER_HOUR',
      'RELAY_JIRA_APP_PAIRING_TOKEN',
      'RELAY_JIRA_APP_PAIRING_TOKEN_FILE',
      'RELAY_JIRA_APP_PAIRING_TOKENS',
      'RELAY_HTTP_HEALTH_ADDRESS',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), secretText, async (name, secret) => {
        const lines = await problems(undefined, { [name]: secret });
        expect(lines.length).toBeGreaterThan(0);
        lines.forEach((line) => expect(leaks(line)).toBe(false));
      }),
    );
  });
});
