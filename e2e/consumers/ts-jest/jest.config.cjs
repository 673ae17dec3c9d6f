module.exports = {
  testMatch: ['**/*.test.cts'],
  moduleFileExtensions: ['cts', 'ts', 'cjs', 'js'],
  transform: { '\\.cts$': ['ts-jest', { tsconfig: 'ts-jest/tsconfig.consumer.json' }] },
  testTimeout: 15_000,
};
