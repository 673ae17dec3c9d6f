import { Worker } from '@temporalio/worker';
import { environment, temporalAuth } from '@worker-auth/temporal-auth';
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
const auth = temporalAuth({ credentials: environment({ application: 'own-everything' }) });
observe(auth);

const connection = await auth.connectNative({
  address,
  tls: false,
  metadata: { 'x-team': 'orders' },
  plugins: [tracing.plugin],
});
const worker = await Worker.create({
  connection,
  identity,
  dataConverter,
  taskQueue: 'orders',
  workflowsPath: pathOf('./workflows.js'),
  activities,
  interceptors: {
    activity: [forTenant],
    workflowModules: [pathOf('./workflow-interceptors.js')],
  },
});
await worker.run();

await connection.close();
await auth.close();
await tracing.shutdown();
await meterProvider.shutdown();
