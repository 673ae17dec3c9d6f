import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import type { Ground } from './run-world.ts';

/** Starts the Temporal of the worlds, and bundles their workflows. */
export async function openGround(): Promise<Ground & AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  const { address: upstream } = started.use(await startTemporalDevServer());
  const connection = await Connection.connect({ address: upstream });
  started.defer(() => connection.close());
  const folder = started.use(await temporaryFolder());
  const workflowsPath = fileURLToPath(new URL('workflows.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new RecordingLogger() });
  const codePath = await folder.write('workflows.js', code);
  const owned = started.move();
  return {
    ...{ upstream, codePath, client: new Client({ connection }) },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
