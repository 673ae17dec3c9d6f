// A program: a worker that works until SIGTERM, as Kubernetes ends it, and tells its parent what becomes of its activities.
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { clientSecret, temporalAuth, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import type { TerminatedMessage, TerminatedSettings } from './terminated-worker.ts';

const settings = JSON.parse(process.argv[2] ?? '') as TerminatedSettings;
const { kind, authUrl, clientId, port, taskQueue, codePath, graceMs, forceMs } = settings;
const send = (message: TerminatedMessage): void => {
  process.send?.(message);
};

Runtime.install({ logger: new DefaultLogger('ERROR') });
const end = Promise.withResolvers<undefined>();
process.on('message', (message: 'end' | number) => {
  if (message === 'end') end.resolve(undefined);
  else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, message);
});
const options = {
  credentials: clientSecret({ id: clientId, secret: settings.clientSecret, tokenUrl: authUrl }),
  env: {},
  ...{ host: '127.0.0.1', port, logger: new DefaultLogger('ERROR') },
};
const workerOptions: WorkerOptions = {
  ...{ taskQueue, workflowBundle: { codePath } },
  ...(graceMs !== undefined && { shutdownGraceTime: graceMs }),
  ...(forceMs !== undefined && { shutdownForceTime: forceMs }),
  activities: {
    run: async (id: string): Promise<string> => {
      send({ kind: 'runs', id });
      await end.promise;
      return id;
    },
  },
};

send({ kind: 'starts' });
if (kind === 'plain') {
  const connection = await NativeConnection.connect({
    address: `127.0.0.1:${port}`,
    apiKey: await token(),
    tls: false,
  });
  await (await Worker.create({ ...workerOptions, connection })).run();
  await connection.close();
} else if (kind === 'plugin') {
  await using auth = tellingOf(temporalAuth(options));
  const worker = await Worker.create({ ...workerOptions, plugins: [auth] });
  await worker.run();
} else {
  await using client = tellingOf(new TemporalWorkflowClient(options));
  await client.runWorker(workerOptions);
}
send({ kind: 'closed' });
// Nothing else keeps the process.
process.disconnect();

function tellingOf<T extends Pick<TemporalWorkflowClient, 'on'>>(source: T): T {
  source.on('resultDelivered', ({ workflowId = '' }) => {
    send({ kind: 'delivered', id: workflowId });
  });
  source.on('resultAbandoned', ({ workflowId = '' }) => {
    send({ kind: 'abandoned', id: workflowId });
  });
  return source;
}

async function token(): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: settings.clientSecret,
  });
  const response = await fetch(authUrl, { method: 'POST', body });
  return ((await response.json()) as { readonly access_token: string }).access_token;
}
