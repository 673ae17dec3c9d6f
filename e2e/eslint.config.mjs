import { projectRules } from '@worker-auth/workspace/eslint';

export default [
  ...projectRules(import.meta.dirname),
  {
    // What a browser has.
    files: ['src/demo/page/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['document', 'EventSource', 'fetch', 'performance', 'setInterval'].map((name) => [name, 'readonly']),
      ),
    },
  },
  // Projects of their own, as downstream has them: each under the rules of its framework, and none of ours.
  { ignores: ['hello-world/**'] },
];
