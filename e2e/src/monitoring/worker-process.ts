// A program: a worker that always has work, with the metrics of its client and those of Temporal Core, which there are once in a process. It
// tells its parent where these are, with each workflow that has ended, and its log.
import { createServer } from 'node:http';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { freePorts } from '@worker-auth/servers';
import { healthHandler, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { workflowsPath } from '../bad-days/workflow-bundle.ts';
import { activities, shortLoad } from '../fixtures/under-load.ts';
import { expose } from './expose.ts';

const logger = new RecordingLogger();
const send = (message: unknown): void => void process.send?.(message);
const ownLogger = new DefaultLogger('INFO', ({ level, message }) => {
  send(`${level} ${message}`);
});
// Taken here and used at once: on a busy machine a port that was free is soon another's.
const [port = 0, corePort = 0, healthPort = 0] = await freePorts(3);
const bindAddress = `127.0.0.1:${corePort}`;
// The names that docs/metrics.md of temporal-auth has.
const names = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
Runtime.install({ logger, telemetryOptions: { metrics: { prometheus: { bindAddress, ...names } } } });
const client = new TemporalWorkflowClient({ logger: ownLogger });
createServer(healthHandler(client)).listen(healthPort, '127.0.0.1');
expose(client, port);
await client.load();
const worker = await client.createWorker({ workflowsPath, activities });
shortLoad(client, worker.options.taskQueue, () => {
  send({ targets: [`127.0.0.1:${port}`, bindAddress], health: `http://127.0.0.1:${healthPort}` });
}).start();
await worker.run();
