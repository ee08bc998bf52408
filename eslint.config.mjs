import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** One rule of the layering: files under `files` may not import what `patterns` name. */
function boundary(files, ignores, patterns) {
  return {
    files,
    ignores,
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

const forge = { group: ['@forge/*'], message: 'Only src/entry, src/jira and src/store may touch the Forge packages.' };
const grpc = { group: ['@grpc/*', '**/gen/*'], message: 'Only relay/src/teleport may touch gRPC.' };
const http = { group: ['undici', 'node:http', 'node:https', 'http', 'https'], message: 'No HTTP here.' };
const app = { group: ['**/src/entry/**', '**/src/usecases/**', '**/src/jira/**', '**/src/store/**'], message: 'Wrong direction.' };
const relay = { group: ['**/relay/**'], message: 'The app and the contract know nothing of the relay.' };
const sandbox = { group: ['**/sandbox/**', '**/test/**'], message: 'Product code knows nothing of the sandbox.' };

export default tseslint.config(
  { ignores: ['**/build/**', '**/gen/**', 'node_modules/**', 'tools/**/node_modules/**', '**/*.cjs', '**/*.mjs', '.cache/**'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  boundary(['contract/**/*.ts'], [], [forge, grpc, http, relay, sandbox, { group: ['**/src/**'], message: 'The contract stands alone.' }]),
  boundary(['src/domain/**/*.ts'], [], [forge, grpc, http, app, relay, sandbox]),
  boundary(['src/usecases/**/*.ts'], [], [forge, grpc, http, relay, sandbox, { group: ['**/entry/**'], message: 'Wrong direction.' }]),
  boundary(['src/{entry,jira,store}/**/*.ts'], [], [grpc, http, relay, sandbox]),
  boundary(['relay/src/**/*.ts'], ['relay/src/teleport/**'], [forge, grpc, sandbox, { group: ['**/../src/**'], message: 'The relay knows nothing of the app.' }]),
  boundary(['relay/src/teleport/**/*.ts'], [], [forge, sandbox]),
  boundary(['relay/src/{sync,decisions}/**/*.ts'], [], [forge, grpc, http, sandbox]),
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      'no-restricted-imports': 'off',
    },
  },
  { files: ['scripts/**/*.ts', 'sandbox/**/*.ts'], rules: { 'no-console': 'off' } },
);
