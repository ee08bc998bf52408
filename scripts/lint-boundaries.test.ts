import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** What each layer may import, as ESLint judges a file that would hold just that import. */

type Case = [file: string, imported: string];

/**
 * Lints all cases in a process of its own, since ESLint loads its configuration by `import()`, which Jest does not offer.
 * Only this rule, and without types: the files of the cases need not exist.
 */
const LINT_CASES = `
  import { readFileSync } from 'node:fs';
  import { ESLint } from 'eslint';
  const eslint = new ESLint({
    ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  });
  const verdicts = [];
  for (const [filePath, imported] of JSON.parse(readFileSync(0, 'utf8'))) {
    const [{ messages }] = await eslint.lintText(\`import '\${imported}';\\n\`, { filePath, warnIgnored: true });
    verdicts.push(messages.map(({ ruleId, message }) => ruleId ?? message));
  }
  process.stdout.write(JSON.stringify(verdicts));
`;

function lintCases(cases: Case[]): string[][] {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', LINT_CASES], {
    cwd: join(__dirname, '..'),
    input: JSON.stringify(cases),
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as string[][];
}

const REFUSED: Case[] = [
  ['contract/x.ts', '../src/domain/link'],
  ['contract/x.ts', '../relay/src/sync/x'],
  ['contract/x.ts', '../test/support/arbitraries'],
  ['contract/x.ts', 'undici'],
  ['contract/x.ts', '@forge/api'],
  ['contract/x.ts', './merge.js'],
  ['src/domain/x.ts', '@forge/api'],
  ['src/domain/x.ts', '../store/links'],
  ['src/domain/x.ts', '../usecases/hello'],
  ['src/domain/x.ts', './card.js'],
  ['src/usecases/x.ts', 'undici'],
  ['src/usecases/x.ts', 'node:http'],
  ['src/usecases/x.ts', '@forge/kvs'],
  ['src/usecases/x.ts', '../jira/issues'],
  ['src/usecases/admin/x.ts', '../../store/links'],
  ['src/usecases/admin/x.ts', '../../entry/admin'],
  ['src/jira/x.ts', '../entry/admin'],
  ['src/jira/x.ts', '@grpc/grpc-js'],
  ['src/store/x.ts', 'undici'],
  ['src/entry/x.ts', '../../relay/src/sync/x'],
  ['src/entry/x.ts', '../../sandbox/clock'],
  ['src/entry/x.ts', '../usecases/hello.ts'],
  ['src/index.ts', '@grpc/grpc-js'],
  ['relay/src/main.ts', '@grpc/grpc-js'],
  ['relay/src/main.ts', '../../src/domain/link'],
  ['relay/src/sync/x.ts', '@grpc/grpc-js'],
  ['relay/src/sync/x.ts', '../teleport/gen/types'],
  ['relay/src/sync/x.ts', '../teleport/gen/teleport/users/v1/users_service'],
  ['relay/src/sync/x.ts', '../../../src/domain/link'],
  ['relay/src/sync/x.ts', 'undici'],
  ['relay/src/decisions/x.ts', '@forge/api'],
  ['relay/src/config/x.ts', 'node:https'],
  ['relay/src/http/x.ts', '@grpc/grpc-js'],
  ['relay/src/jira-app/x.ts', '../../../src/domain/link'],
  ['relay/src/jira-app/x.ts', '../../../sandbox/clock'],
  ['relay/src/teleport/x.ts', '../../../src/domain/link'],
  ['relay/src/teleport/x.ts', 'undici'],
  ['sandbox/jira/x.ts', '../../src/jira/issues'],
  ['sandbox/jira/x.ts', './board.js'],
  ['test/scenarios/x.test.ts', '../support/arbitraries.ts'],
];

const ALLOWED: Case[] = [
  ['contract/x.ts', 'zod'],
  ['contract/x.ts', './merge'],
  ['src/domain/x.ts', '../../contract/access-request'],
  ['src/usecases/x.ts', '../domain/link'],
  ['src/jira/x.ts', '@forge/api'],
  ['src/jira/x.ts', '../usecases/ports'],
  ['src/store/x.ts', '@forge/kvs'],
  ['src/entry/x.ts', '@forge/resolver'],
  ['src/entry/x.ts', '../store/links'],
  ['relay/src/main.ts', './teleport/client'],
  ['relay/src/main.ts', 'undici'],
  ['relay/src/sync/x.ts', '../../../contract/access-request'],
  ['relay/src/jira-app/x.ts', 'undici'],
  ['relay/src/http/x.ts', 'node:http'],
  ['relay/src/teleport/x.ts', '@grpc/grpc-js'],
  ['relay/src/teleport/x.ts', './gen/types'],
  ['sandbox/teleport/x.ts', '../../relay/src/teleport/gen/types'],
  ['test/scenarios/x.test.ts', '../../src/domain/link'],
  ['src/domain/x.test.ts', '../../test/support/arbitraries'],
];

const verdicts = lintCases([...REFUSED, ...ALLOWED]);

describe('import boundaries', () => {
  it.each(REFUSED.map((tried, index) => [...tried, verdicts[index]] as const))(
    '%s may not import %s',
    (_file, _imported, verdict) => {
      expect(verdict).toEqual(['no-restricted-imports']);
    },
  );

  it.each(ALLOWED.map((tried, index) => [...tried, verdicts[REFUSED.length + index]] as const))(
    '%s may import %s',
    (_file, _imported, verdict) => {
      expect(verdict).toEqual([]);
    },
  );
});
