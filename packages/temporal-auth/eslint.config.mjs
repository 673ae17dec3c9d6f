import { projectRules } from '@worker-auth/workspace/eslint';

const pure = ['certificates', 'configuration', 'errors', 'health', 'tokens'];

export default [
  ...projectRules(import.meta.dirname),
  {
    files: pure.map((folder) => `src/${folder}/**/*.ts`),
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@temporalio/*'],
              allowTypeImports: true,
              message: 'What only computes loads no SDK: whoever imports it would wait for that.',
            },
          ],
        },
      ],
    },
  },
];
