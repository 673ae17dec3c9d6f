import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { AtlanAuthClient, authInterceptor } from '@worker-auth/temporal-auth';
import { observe } from '@worker-auth/temporal-auth/opentelemetry';
import { logged, startedFor } from './client-interceptors.js';
import { dataConverter } from './data-converter.js';
import { startTracing } from './tracing.js';
import { order } from './workflows.js';

const [tenant = '', item = '', count = '1'] = process.argv.slice(2);

const tracing = startTracing('order-client');
const auth = new AtlanAuthClient({ applicationName: 'own-everything' });
observe(auth);
await auth.start();

const connection = await Connection.connect({
  address: process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233',
  metadata: { 'x-team': 'order-desk' },
  interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), logged, authInterceptor(auth)],
});
const client = new Client({
  connection,
  dataConverter,
  identity: 'order-client',
  interceptors: { workflow: [startedFor(tenant)] },
  plugins: [tracing.plugin],
});
const total = await client.workflow.execute(order, {
  taskQueue: 'orders',
  workflowId: `${tenant}-${item}`,
  args: [item, BigInt(count)],
});
console.log(`${count} of ${item} for ${tenant}: ${total}`);

await connection.close();
await auth.stop();
await tracing.shutdown();
