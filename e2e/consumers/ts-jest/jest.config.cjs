module.exports = {
  testMatch: ['**/*.test.ts'],
  testTimeout: 15_000,
  transform: { '\\.ts$': ['ts-jest', {}] },
};
