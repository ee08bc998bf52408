/*
 * Runs the linters of `forge lint` that need neither an account nor a network on the app in the current folder:
 *
 *   cd <app> && node tools/forge/lint.cjs
 *
 * The rest need Atlassian: one downloads the list of Jira's operations and their scopes, one asks the platform itself.
 * Exits with 1 when a linter finds an error or a warning.
 */
const { mkdtempSync, readdirSync, rmSync, symlinkSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { lint, reportLintResults } = require('@forge/lint');
const { getClientSideLintersOnly, parseSourceFile } = require('@forge/lint/out/lint/lint.js');
const { readManifest } = require('./manifest.cjs');
const { logger } = require('./logger.cjs');

/** Answers of Atlassian's feature service when it is not asked. */
const noFeatures = {
  getDeprecatedRuntimes: async () => [],
  isTeamworkGraphProductSupported: async () => false,
};

/** The linters that start without a network. */
async function usableLinters(manifest) {
  const usable = [];
  for (const linter of await getClientSideLintersOnly(manifest, 'development', logger, noFeatures)) {
    try {
      await linter.bootstrap();
      usable.push(linter);
    } catch {
      console.error(`Left out, since it needs a download: ${linter.constructor.name}`);
    }
  }
  return usable;
}

/**
 * Goes to a view of the app without its tsconfig.json, for the linters take "include" for a list of files and would skip, without
 * a word, all sources of a project that lists folders there.
 */
function enterViewOfApp() {
  const app = process.cwd();
  const view = mkdtempSync(join(tmpdir(), 'forge-lint-'));
  process.on('exit', () => rmSync(view, { recursive: true, force: true }));
  for (const name of readdirSync(app))
    if (name !== 'tsconfig.json') symlinkSync(join(app, name), join(view, name));
  process.chdir(view);
}

async function main() {
  enterViewOfApp();
  const manifest = await readManifest();
  const linters = await usableLinters(manifest);
  const files = readdirSync('src', { recursive: true })
    .filter((name) => /\.[jt]sx?$/.test(name) && !/\.test\.[jt]sx?$/.test(name))
    .map((name) => join('src', name));
  const read = new Set();
  const parseFunction = (file, ...rest) => {
    read.add(file);
    return parseSourceFile(file, ...rest);
  };
  const results = await lint(files, manifest, 'development', logger, noFeatures, { linters, parseFunction });
  reportLintResults(logger, results);
  if (read.size < files.length || results.some(({ warnings }) => warnings.length > 0)) process.exitCode = 1;
  console.log(`${linters.length} linters read manifest.yml and ${read.size} of ${files.length} sources.`);
}

main().catch((cause) => {
  console.error(cause.message);
  process.exitCode = 1;
});
