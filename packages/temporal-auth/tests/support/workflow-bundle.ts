import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';

/** Of the workflows beside this file; made once a process, which takes longer than most tests. */
export const workflowBundle = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
  logger: new DefaultLogger('ERROR'),
});
