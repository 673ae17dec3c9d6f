import { projectTests } from '@worker-auth/workspace/vitest';

export default projectTests({
  testTimeout: 120_000,
  hookTimeout: 120_000,
  maxWorkers: 2,
  setupFiles: ['src/fixtures/runtime-log.ts'],
});
