import { projectTests } from '@worker-auth/workspace/vitest';

export default projectTests({
  projects: [
    { extends: true, test: { name: 'shared', exclude: ['**/*.isolated.spec.ts'], isolate: false } },
    { extends: true, test: { name: 'isolated', exclude: ['**/!(*.isolated).spec.ts'] } },
  ],
});
