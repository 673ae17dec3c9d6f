import { Client, Connection } from '@temporalio/client';
import { startTemporalDevServer, type TemporalDevServer } from '@worker-auth/servers';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { writeWorkflowBundle } from '../bad-days/workflow-bundle.ts';
import { type Item, secondNamespace } from './world.ts';

/** What worlds share. */
export interface Ground extends AsyncDisposable {
  /** The real Temporal, which looks at no token. */
  readonly temporal: TemporalDevServer;
  readonly upstream: string;
  /** For the namespace of an item. */
  readonly clientOf: (item: Pick<Item, 'namespace'>) => Client;
  /** The bundle of the workflows. */
  readonly codePath: string;
}

/** Starts the Temporal of the worlds, and bundles their workflows. @param keepsWorkflows over a restart of Temporal, which is slower */
export async function openGround(keepsWorkflows = false): Promise<Ground> {
  await using started = new AsyncDisposableStack();
  const { path: dataFolder } = started.use(await temporaryFolder());
  const temporal = started.use(
    await startTemporalDevServer({ namespace: secondNamespace, ...(keepsWorkflows && { dataFolder }) }),
  );
  const { address: upstream } = temporal;
  const connection = await Connection.connect({ address: upstream });
  started.defer(() => connection.close());
  const { codePath } = started.use(await writeWorkflowBundle());
  const owned = started.move();
  return {
    ...{ temporal, upstream, codePath },
    clientOf: ({ namespace = 'default' }) => new Client({ connection, namespace }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
