import { projectTests } from '@worker-auth/workspace/vitest';
import { availableParallelism } from 'node:os';

export default projectTests({
  // The longest of all, so that in the end it runs alone: by itself vitest leaves one core idle, which is half of two.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  projects: [
    // Loading Temporal's SDK anew for each file takes longer than most files: they share a process, and leave it as they found it.
    { extends: true, test: { name: 'shared', exclude: ['**/*.isolated.spec.ts'], isolate: false } },
    // What needs a process of its own: one without a Runtime or with a special one, or modules that are loaded again.
    { extends: true, test: { name: 'isolated', exclude: ['**/!(*.isolated).spec.ts'] } },
  ],
});
