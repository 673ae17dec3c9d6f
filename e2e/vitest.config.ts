import { projectTests } from '@worker-auth/workspace/vitest';

export default projectTests({
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // They wait for servers more than they work.
  maxWorkers: 3,
  setupFiles: ['src/fixtures/runtime-log.ts'],
});
