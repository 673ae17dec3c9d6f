import { projectRules } from '@worker-auth/workspace/eslint';

/** The rooms, lowest first: each may import those before it. */
const rooms = [
  'errors',
  'conditions',
  'settings',
  'network',
  'tokens',
  'connection',
  'worker',
  'health',
  'doctor',
  'facade',
  'agent',
  'cli',
];

/** What is above all rooms but the facade. */
const doors = ['**/engine.ts', '**/plugin.ts'];

const withoutSdk = {
  group: ['@temporalio/*'],
  allowTypeImports: true,
  message: 'What only computes loads no SDK: whoever imports it would wait for that.',
};

/** Rooms that compute alone. */
const pure = ['errors', 'conditions', 'settings', 'tokens', 'health'];

export default [
  ...projectRules(import.meta.dirname),
  ...rooms.map((room, index) => {
    const above = {
      group: [
        ...rooms.slice(index + 1).map((other) => `**/${other}/**`),
        ...(index < rooms.indexOf('facade') ? doors : []),
      ],
      message: `Imports go downwards: ${rooms.join(', ')}.`,
    };
    const patterns = [
      ...(above.group.length > 0 ? [above] : []),
      ...(pure.includes(room) ? [withoutSdk] : []),
    ];
    return {
      files: [`src/${room}/**/*.ts`],
      rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
    };
  }),
];
