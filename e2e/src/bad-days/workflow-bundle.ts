import { bundleWorkflowCode } from '@temporalio/worker';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

/** One activity a workflow. */
export const workflowsPath = fileURLToPath(new URL('../worlds/workflows.ts', import.meta.url));

/** Workflows, bundled into a file, which is removed at the end. */
export interface WorkflowBundle extends AsyncDisposable {
  readonly codePath: string;
}

/** Bundles workflows once for all workers. */
export async function writeWorkflowBundle(path = workflowsPath): Promise<WorkflowBundle> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder());
  const { code } = await bundleWorkflowCode({ workflowsPath: path, logger: new RecordingLogger() });
  const codePath = await folder.write('workflows.js', code);
  const owned = started.move();
  return { codePath, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
