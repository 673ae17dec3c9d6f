import { projectTests } from '@worker-auth/workspace/vitest';

export default projectTests({
  projects: [
    { extends: true, test: { name: 'shared', exclude: ['**/*.isolated.spec.ts'], isolate: false } },
    // Those that put other modules in the place of ours.
    { extends: true, test: { name: 'isolated', exclude: ['**/!(*.isolated).spec.ts'] } },
  ],
});
