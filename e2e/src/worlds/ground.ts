import { Client, Connection } from '@temporalio/client';
import { startTemporalDevServer } from '@worker-auth/servers';
import { fileURLToPath } from 'node:url';
import { writeWorkflowBundle } from '../bad-days/workflow-bundle.ts';
import { type Item, secondNamespace } from './world.ts';

const workflowsPath = fileURLToPath(new URL('workflows.ts', import.meta.url));

/** What worlds share. */
export interface Ground extends AsyncDisposable {
  /** The real Temporal, which looks at no token. */
  readonly upstream: string;
  /** For the namespace of an item. */
  readonly clientOf: (item: Pick<Item, 'namespace'>) => Client;
  /** The bundle of the workflows. */
  readonly codePath: string;
}

/** Starts the Temporal of the worlds, and bundles their workflows. */
export async function openGround(): Promise<Ground> {
  await using started = new AsyncDisposableStack();
  const { address: upstream } = started.use(await startTemporalDevServer({ namespace: secondNamespace }));
  const connection = await Connection.connect({ address: upstream });
  started.defer(() => connection.close());
  const { codePath } = started.use(await writeWorkflowBundle(workflowsPath));
  const owned = started.move();
  return {
    ...{ upstream, codePath },
    clientOf: ({ namespace = 'default' }) => new Client({ connection, namespace }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
