import { projectRules } from '@worker-auth/workspace/eslint';

export default [
  ...projectRules(import.meta.dirname),
  // Everything is compiled into the program.
  { files: ['package.json'], rules: { '@nx/dependency-checks': 'off' } },
];
