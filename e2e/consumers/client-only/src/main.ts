import { Client, Connection } from '@temporalio/client';
import {
  AtlanAuthClient,
  authInterceptor,
  ConnectivityError,
  temporalAuth,
} from '@worker-auth/temporal-auth/client';

const address = `${process.env['ATLAN_WORKFLOW_HOST'] ?? ''}:${process.env['ATLAN_WORKFLOW_PORT'] ?? ''}`;
const tokens = new AtlanAuthClient();
const auth = temporalAuth();
await auth.ready();

const connections: Record<string, Connection> = {
  authInterceptor: Connection.lazy({ address, interceptors: [authInterceptor(tokens)] }),
  plugin: await Connection.connect({ address, plugins: [auth] }),
};
for (const [name, connection] of Object.entries(connections)) {
  const client = new Client({ connection });
  const { workflowId } = await client.workflow.start('extract', { taskQueue: 'orders', workflowId: name });
  console.log(`started by ${workflowId}`);
  await connection.close();
}
console.log(
  auth.health().auth.state,
  new Client({ plugins: [auth] }).options.namespace,
  ConnectivityError.name,
);

const worker: string = '@temporalio/worker';
await import(worker).catch((error: NodeJS.ErrnoException) => {
  console.log(`worker: ${error.code}`);
});
await auth.close();
await tokens.stop();
