import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { version } from '../package.json';
import { packageRelay } from './package';

/* The archive as somebody gets it: unpacked, installed below a folder, and run from there. */

const folder = mkdtempSync(join(tmpdir(), 'relay-package-'));
const destination = join(folder, 'root');
const unpacked = join(folder, 'teleport-jira-relay');
const NOBODY = 65_534;
const UNIT = 'teleport-jira-relay.service';
let archive = '';
let said = '';
beforeAll(async () => {
  archive = await packageRelay();
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  const options = { env: { ...process.env, DESTDIR: destination }, encoding: 'utf8' } as const;
  said = execFileSync(join(unpacked, 'install'), [], options);
}, 60_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const installed = (path: string): string => join(destination, path);
const mode = (path: string): string => (statSync(installed(path)).mode & 0o777).toString(8);

test('installs the program, its manual and its unit, each readable by all and writable by root alone', () => {
  expect(mode('usr/local/bin/teleport-jira-relay')).toBe('755');
  expect(mode('usr/local/lib/teleport-jira-relay/relay.cjs')).toBe('644');
  expect(mode(`etc/systemd/system/${UNIT}`)).toBe('644');
  expect(mode('usr/local/share/doc/teleport-jira-relay/roles/set-state.yaml')).toBe('644');
  expect(mode('usr/local/share/doc/teleport-jira-relay/LICENSE')).toBe('644');
});

test('says what comes next, and the installed program runs', () => {
  expect(said).toContain(`${version} of the relay is installed`);
  expect(said).toContain('systemctl enable --now teleport-jira-relay');
  const program = installed('usr/local/lib/teleport-jira-relay/relay.cjs');
  expect(execFileSync(process.execPath, [program, 'version'], { encoding: 'utf8' })).toBe(`${version}\n`);
  const start = readFileSync(installed('usr/local/bin/teleport-jira-relay'), 'utf8');
  expect(start).toContain('/usr/local/lib/teleport-jira-relay/relay.cjs "$@"');
});

test('refuses without root and without a folder to install below', () => {
  // Never run as root: it would install on the machine that tests.
  const isRoot = process.getuid?.() === 0;
  chmodSync(folder, 0o755);
  const { status, stderr } = spawnSync(join(unpacked, 'install'), [], {
    encoding: 'utf8',
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  });
  expect([status, stderr]).toEqual([1, 'Run it as root, or give DESTDIR.\n']);
});

describe('the unit', () => {
  const unit = readFileSync(join(__dirname, '..', 'relay', 'systemd', UNIT), 'utf8');
  const values = (key: string): string[] =>
    [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);

  it('runs as a user of its own, shut in', () => {
    for (const key of ['DynamicUser', 'NoNewPrivileges', 'PrivateTmp', 'PrivateDevices', 'ProtectHome'])
      expect({ key, values: values(key) }).toEqual({ key, values: ['yes'] });
    expect(values('ProtectSystem')).toEqual(['strict']);
    expect(values('CapabilityBoundingSet')).toEqual(['']);
    expect(values('LoadCredential')).toEqual(['pairing-token:/etc/teleport-jira-relay/pairing-token']);
  });

  it('reloads by SIGHUP, stops slower than the relay does, and does not start a wrong configuration again', () => {
    expect(values('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
    expect(Number(values('TimeoutStopSec')[0])).toBeGreaterThan(15);
    expect(values('RestartPreventExitStatus')).toEqual(['2']);
  });

  it('has nothing that systemd complains of, where there is systemd', () => {
    const file = join(folder, UNIT);
    writeFileSync(file, unit.replaceAll('/usr/local/bin/teleport-jira-relay', '/bin/true'));
    const { error, stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    if (error === undefined) expect(stdout + stderr).toBe('');
    else expect(error.message).toContain('ENOENT');
  });
});
