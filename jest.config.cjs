/** Unit tests sit beside the code; everything under test/ stands on real sockets and processes. */
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
    { ...common, displayName: 'system', testMatch: ['<rootDir>/test/**/*.test.ts'] },
  ],
  maxWorkers: 2,
  testTimeout: 20_000,
};
