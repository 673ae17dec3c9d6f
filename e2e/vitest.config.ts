import { projectTests } from '@worker-auth/workspace/vitest';
import { LongestFirst } from './src/fixtures/longest-first.ts';

export default projectTests({
  // Many times what a busy machine needs.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  // They wait for servers more than they work.
  maxWorkers: 3,
  sequence: { sequencer: LongestFirst },
});
