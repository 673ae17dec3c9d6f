// A program: a worker that always has work, with the metrics of its client and those of Temporal Core, which there are once in a process. It
// tells its parent where these are, with each workflow that has ended.
import { Runtime } from '@temporalio/worker';
import { freePorts } from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { activities } from '../workload/activities.ts';
import { Workload } from '../workload/workload.ts';
import { workflowsPath } from '../workload/workflows-path.ts';
import { expose } from './expose.ts';

const logger = new RecordingLogger();
// Taken here and used at once: on a busy machine a port that was free is soon another's.
const [port = 0, corePort = 0] = await freePorts(2);
const bindAddress = `127.0.0.1:${corePort}`;
// The names that docs/metrics.md of temporal-auth has.
const names = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
Runtime.install({ logger, telemetryOptions: { metrics: { prometheus: { bindAddress, ...names } } } });
const client = new TemporalWorkflowClient({ logger });
expose(client, port);
await client.load();
const worker = await client.createWorker({ workflowsPath, activities });
const work = new Workload(client, 500).run(new AbortController().signal, () => {
  process.send?.([`127.0.0.1:${port}`, bindAddress]);
});
await Promise.all([worker.run(), work]);
