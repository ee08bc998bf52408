import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The launcher of `npm start` and `npm test`, in a small repository of its own with an npm that only writes down what it did. */

/** Stands in for npm: installs a tsx that does nothing, prints to standard output as npm does, and fails when asked to. */
const NPM = `
  const { appendFileSync, cpSync, mkdirSync, writeFileSync } = require('node:fs');
  appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
  console.log('added packages');
  if (process.env.NPM_FAILS) process.exit(7);
  mkdirSync('node_modules/tsx', { recursive: true });
  writeFileSync('node_modules/tsx/cjs.js', '');
  cpSync('package-lock.json', 'node_modules/.package-lock.json');
`;
const PROGRAM = 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;';
const lock = (version: string): string =>
  JSON.stringify({
    packages: {
      '': {},
      'node_modules/tsx': { version },
      'node_modules/for-another-platform': { version: '1.0.0', optional: true },
    },
  });

describe('with-dependencies', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'with-dependencies-'));
    mkdirSync(join(folder, 'scripts'));
    mkdirSync(join(folder, 'npm'));
    cpSync(join(__dirname, 'with-dependencies.mjs'), join(folder, 'scripts', 'with-dependencies.mjs'));
    writeFileSync(join(folder, 'npm', 'npm-cli.js'), NPM);
    writeFileSync(join(folder, 'program.js'), PROGRAM);
    writeFileSync(join(folder, 'package-lock.json'), lock('1.0.0'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const launch = (args: string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [join(folder, 'scripts', 'with-dependencies.mjs'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, npm_execpath: join(folder, 'npm', 'npm-cli.js'), ...env },
    });
  const npmCalls = (): string[] =>
    existsSync(join(folder, 'npm-calls'))
      ? readFileSync(join(folder, 'npm-calls'), 'utf8').trimEnd().split('\n')
      : [];

  it('installs what is missing, and lets only the program write to standard output', () => {
    const { status, stdout, stderr } = launch(['program.js', '--json', 'a b']);
    expect(npmCalls()).toEqual(['ci --no-audit --no-fund']);
    expect(stdout).toBe('["--json","a b"]\n');
    expect(stderr).toContain('added packages');
    expect(status).toBe(3);
  });

  it('installs once, and again when the lock asks for something else', () => {
    launch(['program.js']);
    expect(launch(['program.js']).stderr).toBe('');
    expect(npmCalls()).toHaveLength(1);
    writeFileSync(join(folder, 'package-lock.json'), lock('1.0.1'));
    launch(['program.js']);
    expect(npmCalls()).toHaveLength(2);
  });

  it('does not miss optional packages, which may be for another platform', () => {
    launch(['program.js']);
    const installed = JSON.parse(lock('1.0.0')) as { packages: Record<string, unknown> };
    delete installed.packages['node_modules/for-another-platform'];
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify(installed));
    launch(['program.js']);
    expect(npmCalls()).toHaveLength(1);
  });

  it('stops with the code of an installation that failed', () => {
    const { status, stdout, stderr } = launch(['program.js'], { NPM_FAILS: 'yes' });
    expect({ status, stdout }).toEqual({ status: 7, stdout: '' });
    expect(stderr).toContain('The dependencies could not be installed');
  });

  it('refuses a Node that is too old by name', () => {
    const old = join(folder, 'old-node.mjs');
    writeFileSync(
      old,
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } });",
    );
    const { status, stderr } = launch(['program.js'], { NODE_OPTIONS: `--import ${old}` });
    expect(status).toBe(1);
    expect(stderr).toBe('Node 20.19 or newer is needed; this is 20.18.3.\n');
    expect(npmCalls()).toEqual([]);
  });
});
