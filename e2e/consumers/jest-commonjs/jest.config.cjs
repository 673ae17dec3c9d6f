module.exports = { testMatch: ['**/*.test.cjs'], testTimeout: 15_000 };
