import { projectRules } from '@worker-auth/workspace/eslint';

export default [
  ...projectRules(import.meta.dirname),
  {
    // VitePress reads its settings and its theme from default exports; Vite resolves the style sheet.
    files: ['.vitepress/**'],
    rules: { 'no-restricted-imports': 'off', 'no-restricted-syntax': 'off' },
  },
];
