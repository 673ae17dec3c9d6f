import { projectTests } from '@worker-auth/workspace/vitest';
import { LongestFirst } from './src/fixtures/longest-first.ts';

export default projectTests({
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // They wait for servers more than they work.
  maxWorkers: 3,
  sequence: { sequencer: LongestFirst },
  setupFiles: ['src/fixtures/runtime-log.ts'],
});
