import { fileURLToPath } from 'node:url';

/** The workflows of the workload, as `createWorker()` takes them. */
export const workflowsPath = fileURLToPath(new URL('workflows.ts', import.meta.url));
