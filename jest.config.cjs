const under = (parts) => parts.map((part) => `/test/${part}\\.test\\.ts$`);

/**
 * Unit tests sit beside the code; everything under test/ but the model stands on real sockets and processes. What measures how
 * long people wait, or runs on a clock so fast that a busy machine is too slow for it, runs with nothing beside it.
 */
const measuring = under([
  'attacks/(?:panel-(?:push|poll-time)|push-call)',
  'faults/jira-failures',
  'process/[^/]+',
]);

/** What mostly waits, for a minute and more: it runs beside the static checks and unit tests. */
const waiting = under(['relay/keepalive-real', 'faults/socket-runs']);

/** The whole state machine in memory and in virtual time: takes a core for itself, and no network. */
const model = under(['model/[^/]+']);

const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.jest.json' }] },
  modulePathIgnorePatterns: ['<rootDir>/(?:build|tools|\\.cache)/'],
};

module.exports = {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/{contract,src,relay,sandbox,scripts}/**/*.test.ts'],
    },
    {
      ...common,
      displayName: 'system',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [...measuring, ...waiting, ...model],
    },
    { ...common, displayName: 'measuring', testRegex: measuring },
    { ...common, displayName: 'waiting', testRegex: waiting },
    { ...common, displayName: 'model', testRegex: model },
  ],
  maxWorkers: 2,
  testTimeout: 20_000,
};
