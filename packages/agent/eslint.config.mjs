import { projectRules } from '@worker-auth/workspace/eslint';

export default projectRules(import.meta.dirname);
