/*
 * Runs one of the repository's TypeScript programs in this very process, after making sure that the packages it needs are there:
 *
 *   node scripts/with-dependencies.mjs <program.ts> [argument …]
 *
 * So `npm start` and `npm test` each work on a fresh clone. Uses nothing but Node's own modules until the packages are installed.
 * All that the installation says goes to standard error, since a program may promise to print only JSON.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The packages of a lock file by their path, or `undefined` when the file is missing or unreadable. */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether what is installed is what package-lock.json asks for. npm writes its own account of the folder as the last act of an
 * installation that succeeded; optional packages may be left out of it, since most of them are for other platforms.
 */
function dependenciesAreCurrent() {
  const wanted = lockedPackages('package-lock.json');
  const installed = lockedPackages('node_modules/.package-lock.json');
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(
    ([path, { version, integrity, optional }]) =>
      path === '' ||
      (installed[path]
        ? installed[path].version === version && installed[path].integrity === integrity
        : optional === true),
  );
}

/** Installs exactly what package-lock.json says, with the npm that runs us or else the one on the path; ends the process on failure. */
function installDependencies() {
  process.stderr.write('Installing dependencies from package-lock.json (once, under a minute) …\n');
  const npm = process.env.npm_execpath ?? '';
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  const args = ['ci', '--no-audit', '--no-fund'];
  const { status, error } = npm.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (status === 0) return;
  process.stderr.write(
    `The dependencies could not be installed${error ? `: ${error.message}` : ' (see above)'}.\n`,
  );
  process.exit(status ?? 1);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}.\n`,
  );
  process.exit(1);
}

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  process.stderr.write('Usage: node scripts/with-dependencies.mjs <program.ts> [argument …]\n');
  process.exit(2);
}

if (!dependenciesAreCurrent()) installDependencies();

const require = createRequire(import.meta.url);
const path = resolve(root, program);
process.argv = [process.argv[0], path, ...args];
require('tsx/cjs');
require(path);
