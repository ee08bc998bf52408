/**
 * Unit tests sit beside the code; everything under test/ stands on real sockets and processes. What measures times or memory, or
 * drives a browser, runs with nothing beside it, so that it measures the product and not its neighbours.
 */
const measuring = [
  'attacks/panel-(?:push|poll-time)',
  'browser/[^/]+',
  'faults/jira-failures',
  'process/[^/]+',
  'relay/ways-in-(?:memory|resilience)',
  'sandbox/[^/]+',
  'scenarios/(?:admin-projects|provision)',
].map((part) => `/test/${part}\\.test\\.ts$`);

/** What only waits, for a minute and more: it runs beside the static checks and unit tests. */
const waiting = ['relay/keepalive-real'].map((part) => `/test/${part}\\.test\\.ts$`);

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
      testPathIgnorePatterns: [...measuring, ...waiting],
    },
    { ...common, displayName: 'measuring', testRegex: measuring },
    { ...common, displayName: 'waiting', testRegex: waiting },
  ],
  maxWorkers: 2,
  testTimeout: 20_000,
};
