import { projectRules } from '@worker-auth/workspace/eslint';

/** The rooms, lowest first: each may import those before it. */
const rooms = [
  'given',
  'leaks',
  'tls',
  'server',
  'grpc',
  'authorization',
  'oauth',
  'dapr',
  'contracts',
  'fakes',
  'gateway',
  'frontend',
  'stack',
  'cli',
];

export default [
  ...projectRules(import.meta.dirname),
  ...rooms.slice(0, -1).map((room, index) => ({
    files: [`src/${room}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: rooms.slice(index + 1).map((other) => `**/${other}/**`),
              message: `Imports go downwards: ${rooms.join(', ')}.`,
            },
          ],
        },
      ],
    },
  })),
];
