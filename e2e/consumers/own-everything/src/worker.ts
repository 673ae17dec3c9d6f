import { Worker } from '@temporalio/worker';
import {
  AtlanAuthClient,
  attach,
  authenticatedNativeConnection,
  holdResults,
  watchdog,
} from '@worker-auth/temporal-auth';
import { observe } from '@worker-auth/temporal-auth/opentelemetry';
import { fileURLToPath } from 'node:url';
import * as activities from './activities.js';
import { forTenant } from './activity-interceptors.js';
import { dataConverter } from './data-converter.js';
import { startMetrics } from './metrics.js';
import { startTracing } from './tracing.js';

const address = process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233';
const identity = 'order-worker';
const pathOf = (module: string): string => fileURLToPath(new URL(module, import.meta.url));

const meterProvider = startMetrics();
const tracing = startTracing(identity);
const auth = new AtlanAuthClient({ applicationName: 'own-everything' });
observe(auth);
await auth.start();

const connection = await authenticatedNativeConnection(auth, {
  address,
  metadata: { 'x-team': 'orders' },
  plugins: [tracing.plugin],
});
const guard = watchdog(auth, await attach(auth, connection), { address });
const worker = await Worker.create({
  connection,
  identity,
  dataConverter,
  taskQueue: 'orders',
  workflowsPath: pathOf('./workflows.js'),
  activities,
  interceptors: {
    activity: [holdResults(guard, { identity, dataConverter }), forTenant],
    workflowModules: [pathOf('./workflow-interceptors.js')],
  },
});
await worker.run();

await guard.flush();
await guard.stop();
await connection.close();
await auth.stop();
await tracing.shutdown();
await meterProvider.shutdown();
