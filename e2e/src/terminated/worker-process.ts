// A program: a worker that works until SIGTERM, as Kubernetes ends it, and tells its parent which activities ran.
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { clientSecret, temporalAuth, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { once } from 'node:events';
import type { TerminatedSettings } from './terminated-worker.ts';

const {
  kind,
  authUrl,
  clientId,
  clientSecret: clientSecretText,
  port,
  taskQueue,
  codePath,
  graceMs,
} = JSON.parse(process.argv[2] ?? '') as TerminatedSettings;

Runtime.install({ logger: new DefaultLogger('ERROR') });
const end = once(process, 'message');
const options = {
  credentials: clientSecret({ id: clientId, secret: clientSecretText, tokenUrl: authUrl }),
  env: {},
  ...{ host: '127.0.0.1', port, logger: new DefaultLogger('ERROR') },
};
const workerOptions: WorkerOptions = {
  ...{ taskQueue, workflowBundle: { codePath }, shutdownGraceTime: graceMs },
  activities: {
    run: async (id: string): Promise<string> => {
      process.send?.(id);
      await end;
      return id;
    },
  },
};

if (kind === 'plugin') {
  await using auth = temporalAuth(options);
  const worker = await Worker.create({ ...workerOptions, plugins: [auth] });
  await worker.run();
} else {
  await using client = new TemporalWorkflowClient(options);
  await client.runWorker(workerOptions);
}
// Nothing else keeps the process.
process.disconnect();
