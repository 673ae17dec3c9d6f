import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { AtlanAuthClient, authInterceptor, temporalAuth } from '@worker-auth/temporal-auth';
import { fileURLToPath } from 'node:url';
import { extract } from './workflows.js';

const address = process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233';
const metadata = { 'x-team': 'extraction' };
const taskQueue = 'extraction';

// One source of tokens for both connections.
await using tokens = new AtlanAuthClient();
await using auth = temporalAuth({ tokens });

// The client's connection has interceptors of its own: that of the token comes last, after the retries.
const connection = await Connection.connect({
  address,
  metadata,
  interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), authInterceptor(tokens)],
});
const native = await auth.connectNative({ address, metadata });
const worker = await Worker.create({
  connection: native,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./workflows.js', import.meta.url)),
  activities: { countRows: async (table: string) => table.length },
});

const client = new Client({ connection });
const execution = { taskQueue, workflowId: 'orders', args: ['orders'] as [string] };
console.log(await worker.runUntil(client.workflow.execute(extract, execution)));
await connection.close();
await native.close();
