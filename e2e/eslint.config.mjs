import { projectRules } from '@worker-auth/workspace/eslint';

export default [
  ...projectRules(import.meta.dirname),
  // Projects of their own, as downstream has them: each under the rules of its framework, and none of ours.
  { ignores: ['consumers/**'] },
];
