export default { testMatch: ['**/*.test.mjs'], transform: {}, testTimeout: 15_000 };
