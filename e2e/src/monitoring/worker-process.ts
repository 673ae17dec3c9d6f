// A program: a worker that always has work, with the metrics of its client and those of Temporal Core, which there are once in a process.
import { Runtime } from '@temporalio/worker';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { activities } from '../workload/activities.ts';
import { Workload } from '../workload/workload.ts';
import { workflowsPath } from '../workload/workflows-path.ts';
import { expose } from './expose.ts';

const [port, corePort] = process.argv.slice(2).map(Number);
const logger = new RecordingLogger();
const bindAddress = `127.0.0.1:${corePort ?? 0}`;
// The names that docs/metrics.md of temporal-auth has.
const names = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
Runtime.install({ logger, telemetryOptions: { metrics: { prometheus: { bindAddress, ...names } } } });
const client = new TemporalWorkflowClient({ logger });
expose(client, port ?? 0);
await client.load();
const worker = await client.createWorker({ workflowsPath, activities });
const work = new Workload(client, 500).run(new AbortController().signal, () => undefined);
await Promise.all([worker.run(), work]);
