import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/*
 * The layers, as imports that are refused. A later entry replaces an earlier one for the same file, so each names all that
 * holds for its files; scripts/lint-boundaries.test.ts proves them.
 */
const forge = {
  group: ['@forge/*'],
  message: 'Only src/entry, src/jira and src/store may touch the Forge packages.',
};
const grpc = { group: ['@grpc/*', '**/gen/**'], message: 'Only relay/src/teleport may touch gRPC.' };
const http = {
  group: ['undici', 'node:http', 'node:https', 'node:http2', 'http', 'https', 'http2'],
  message: 'No HTTP in this layer: it is given what it needs.',
};
const sandbox = {
  group: ['**/sandbox/**', '**/test/**', '**/scripts/**'],
  message: 'Product code knows nothing of the sandbox.',
};
const relay = { group: ['**/relay/**'], message: 'The app and the contract know nothing of the relay.' };
const suffix = {
  regex: '^\\.{1,2}/.*\\.(?:[cm]?[jt]sx?)$',
  message: 'Without a suffix: the Forge bundler does not map .js to .ts.',
};
const app = { regex: '^(?:\\.\\./)+src/', message: 'Only the app knows its own insides.' };
const inward = (...layers) => ({
  group: layers.map((layer) => `**/${layer}/**`),
  message: 'Wrong direction: entry → jira, store → usecases → domain → contract.',
});

function boundary(files, patterns, ignores = []) {
  return {
    files,
    ignores,
    rules: { 'no-restricted-imports': ['error', { patterns: [suffix, ...patterns] }] },
  };
}

export default defineConfig(
  {
    ignores: [
      '**/build/**',
      '**/gen/**',
      '**/node_modules/**',
      '.cache/**',
      'tools/forge/**',
      '**/*.cjs',
      '**/*.mjs',
    ],
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  boundary(['**/*.ts', '**/*.tsx'], []),
  boundary(['contract/**/*.ts'], [forge, grpc, http, relay, sandbox, app]),
  boundary(
    ['src/domain/**/*.ts'],
    [forge, grpc, http, relay, sandbox, inward('entry', 'jira', 'store', 'usecases')],
  ),
  boundary(['src/usecases/**/*.ts'], [forge, grpc, http, relay, sandbox, inward('entry', 'jira', 'store')]),
  boundary(['src/{jira,store}/**/*.ts'], [grpc, http, relay, sandbox, inward('entry')]),
  boundary(['src/index.ts', 'src/entry/**/*.ts'], [grpc, http, relay, sandbox]),
  ...relayBoundaries(),
  boundary(['sandbox/{teleport,jira,forge}/**/*.ts'], [app]),
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  boundary(['**/*.test.ts', 'test/**/*.ts'], []),
  { files: ['scripts/**/*.ts', 'sandbox/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    // Scripts of the sandbox's pages: plain JavaScript for the browser, read by no type checker.
    files: ['**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'document',
          'window',
          'location',
          'history',
          'fetch',
          'URL',
          'URLSearchParams',
          'FormData',
          'EventSource',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'requestAnimationFrame',
          'crypto',
          'CSS',
          'Event',
          'CustomEvent',
          'HTMLElement',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);

/** HTTP is for relay/src/jira-app (out), relay/src/http (in) and main.ts; gRPC for relay/src/teleport. */
function relayBoundaries() {
  const always = [forge, sandbox, app];
  return [
    boundary(['relay/src/**/*.ts'], [...always, grpc, http]),
    boundary(['relay/src/{main.ts,http/**,jira-app/**}'], [...always, grpc]),
    boundary(['relay/src/teleport/**/*.ts'], [...always, http]),
  ];
}
