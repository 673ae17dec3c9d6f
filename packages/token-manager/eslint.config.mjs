import { projectRules } from '@worker-auth/workspace/eslint';
import { roomRules } from '@worker-auth/workspace/rooms';

export default [
  ...projectRules(import.meta.dirname),
  ...roomRules(['files', 'credentials', 'request', 'tokens']),
];
