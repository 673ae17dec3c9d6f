import { projectRules } from '@worker-auth/workspace/eslint';

/** The rooms, lowest first: each may import those before it. */
const rooms = [
  'errors',
  'conditions',
  'settings',
  'network',
  'tokens',
  'connection',
  'delivery',
  'worker',
  'health',
  'opentelemetry',
  'doctor',
  'facade',
  'agent',
  'cli',
];

/** Rooms of which a lower one may know the types: the events of results are those of workers. */
const typesFromAbove = { delivery: 'worker' };

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
    const message = `Imports go downwards: ${rooms.join(', ')}.`;
    const higher = rooms.slice(index + 1);
    const typed = typesFromAbove[room];
    const group = [
      ...higher.filter((other) => other !== typed).flatMap((other) => [`**/${other}/**`, `**/${other}.ts`]),
      ...(index < rooms.indexOf('facade') ? doors : []),
    ];
    const patterns = [
      ...(group.length > 0 ? [{ group, message }] : []),
      ...(typed === undefined ? [] : [{ group: [`**/${typed}/**`], allowTypeImports: true, message }]),
      ...(pure.includes(room) ? [withoutSdk] : []),
    ];
    return {
      files: [`src/${room}{/**/*,}.ts`],
      rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
    };
  }),
];
