/** Unit tests sit beside the code; everything under test/ stands on real sockets and processes. */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{contract,src,relay,sandbox,test,scripts}/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: { ...require('./tsconfig.jest.json').compilerOptions } }],
  },
  testTimeout: 20_000,
};
