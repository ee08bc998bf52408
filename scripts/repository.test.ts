import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { devDependencies, dependencies, engines, scripts } from '../package.json';

/** What must hold for the repository as a whole, so that it works for whoever clones it. */

const root = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Runs git here. @returns the lines it prints; none when it finds nothing. */
function git(...args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1e8 });
  if (status !== 0 && stderr !== '') throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

interface Lock {
  packages: Record<
    string,
    { resolved?: string; license?: string; dev?: boolean; devOptional?: boolean } | undefined
  >;
}

const LOCKS = ['package-lock.json', 'tools/forge/package-lock.json'];
const lockedPackages = (file: string): Lock['packages'] => (JSON.parse(read(file)) as Lock).packages;

/** Licences that ask for no more than to be named; Atlassian's packages come under the terms of the platform they are for. */
const LICENCES = /^(?:MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|Python-2\.0)$/;
const mayBePassedOn = (licence = ''): boolean =>
  licence
    .replace(/^\((.*)\)$/, '$1')
    .split(/ (?:AND|OR) /)
    .every((part) => LICENCES.test(part));
const ATLASSIAN = /^node_modules\/(?:.*node_modules\/)?@(?:forge|atlaskit|atlassian)\//;

describe('the README', () => {
  it.each(['npm start', 'npm test'])('offers %s, which installs what is missing', (command) => {
    expect(read('README.md')).toContain(command);
    const script = command === 'npm start' ? scripts.start : scripts.test;
    expect(script).toMatch(/^node scripts\/with-dependencies\.mjs \S+\.ts$/);
    expect(git('ls-files', '--', script.split(' ')[2]!)).toHaveLength(1);
  });

  it('and the documents name only commands that exist', () => {
    const named = git('grep', '-hoE', 'npm run [a-z:-]+', '--', '*.md').map((text) => text.split(' ')[2]!);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });

  it('and package.json ask for the same Node', () => {
    expect(engines.node).toBe('>=20.19.0');
    expect(read('README.md')).toContain('20.19');
    expect(read('.nvmrc').trim()).toBe('20.19');
  });
});

describe('the dependencies', () => {
  it.each(LOCKS)('of %s come from the public registry alone', (file) => {
    const hosts = Object.values(lockedPackages(file)).flatMap((entry) =>
      entry?.resolved === undefined ? [] : [new URL(entry.resolved).host],
    );
    expect(hosts.filter((host) => host !== 'registry.npmjs.org')).toEqual([]);
  });

  it('have exact versions', () => {
    const versions = Object.values({ ...dependencies, ...devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('of the product have licences that let it be passed on', () => {
    const refused = Object.entries(lockedPackages('package-lock.json')).filter(
      ([path, entry]) =>
        entry?.dev !== true &&
        entry?.devOptional !== true &&
        !ATLASSIAN.test(path) &&
        !mayBePassedOn(entry?.license),
    );
    expect(refused).toEqual([]);
  });
});

describe('the files', () => {
  it('name no folder of the machine they were written on', () => {
    const checkout = root.split(/[\\/]/).length > 2 ? [root] : [];
    const patterns = [...checkout, '/home/[a-z][a-z0-9_-]*/', '/Users/[A-Za-z]'].flatMap((path) => [
      '-e',
      path,
    ]);
    expect(git('grep', '-nIE', ...patterns, '--', ':!scripts/repository.test.ts')).toEqual([]);
  });

  it('leave no test out and none alone', () => {
    const calls = String.raw`\b((it|test|describe)\.(skip|only|todo)|xit|xtest|xdescribe|fit|fdescribe)\b`;
    expect(git('grep', '-nIE', `${calls}[.(\`]`, '--', '*.test.ts', '*.test.tsx')).toEqual([]);
  });

  it('hold nothing that a build makes, and no private key', () => {
    expect(
      git('ls-files', '--', '*/build/*', 'build/*', '*node_modules/*', '*.log', '*.tsbuildinfo'),
    ).toEqual([]);
    expect(git('grep', '-lIE', '-e', '^-----BEGIN [A-Z ]*PRIVATE KEY-----$')).toEqual([]);
  });
});
