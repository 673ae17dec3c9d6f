import { projectTests } from '@worker-auth/workspace/vitest';

export default projectTests({ isolate: false });
