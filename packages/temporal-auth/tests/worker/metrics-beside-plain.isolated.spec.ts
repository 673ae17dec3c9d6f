import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { temporalAuth } from '../../src/plugin.ts';
import { pluginOptions } from '@worker-auth/calls/tests/auth-options';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { openScene } from '../support/scene.ts';
import { unusedPort } from '@worker-auth/calls/tests/unused-port';

const { BENIGN: category } = ApplicationFailureCategory;

/** What an activity comes to. */
const activities: Readonly<Record<string, () => unknown>> = {
  completed: () => 42,
  failed: () => Promise.reject(new Error('disk full')),
  benign: () => Promise.reject(ApplicationFailure.create({ message: 'later', category })),
};

it.each([
  {},
  {
    metricPrefix: 'acme_',
    globalTags: { region: 'eu' },
    attachServiceName: false,
    prometheus: { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
  },
])(
  'the metrics of reported results are in the text for Prometheus what Core records for a plain worker: %j',
  async ({ prometheus, ...metrics }) => {
    const port = await unusedPort();
    const bindAddress = `127.0.0.1:${port}`;
    Runtime.install({
      logger: new DefaultLogger('ERROR', () => undefined),
      telemetryOptions: {
        logging: { forward: {}, filter: 'ERROR' },
        metrics: { ...metrics, prometheus: { ...prometheus, bindAddress } },
      },
    });
    await using scene = await openScene({ acceptToken: () => true });
    const { address, port: temporalPort } = scene.temporal;
    const place = { host: '127.0.0.1', port: temporalPort, logger: scene.log };
    await using auth = temporalAuth({ ...pluginOptions(scene.oauth), ...place });
    const native = await NativeConnection.connect({ address });
    const client = new Client({ connection: await Connection.connect({ address }) });
    const give = (name: string): unknown => activities[name]?.();
    const found: Record<string, Awaited<ReturnType<typeof seriesOf>>> = {};
    // Ours first, so that nothing is as it is because Core has recorded it before.
    const ways: Readonly<Record<string, Partial<WorkerOptions>>> = {
      ours: { plugins: [auth] },
      plain: { connection: native },
    };
    for (const [taskQueue, way] of Object.entries(ways)) {
      const worker = await Worker.create({ taskQueue, workflowBundle, activities: { give }, ...way });
      await worker.runUntil(async () => {
        for (const name of Object.keys(activities)) {
          await client.workflow.execute('outcome', {
            taskQueue,
            workflowId: `${taskQueue} ${name}`,
            args: [name],
          });
        }
      });
      found[taskQueue] = await seriesOf(bindAddress, taskQueue);
    }
    const names = Object.keys(found['plain'] ?? {}).join('\n');
    expect(names).toMatch(/activity_execution_failed.*\n(.*\n)*.*activity_succeed_endtoend_latency/);
    // Core of older SDKs has no such label.
    const extra = names.includes('failure_reason=') ? '' : 'failure_reason="ActivityError",';
    const ours = Object.entries(found['ours'] ?? {}).map(([name, value]) => [name.replace(extra, ''), value]);
    expect(Object.fromEntries(ours)).toEqual(found['plain']);
    await client.connection.close();
    await native.close();
    await Runtime.instance().shutdown();
  },
);

/** What Core's exporter shows of the activities of a worker, but for how long they took: names, labels, buckets and counts. */
async function seriesOf(address: string, taskQueue: string): Promise<Record<string, string>> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const queue = `task_queue="${taskQueue}"`;
  const lines = text.matchAll(/^(\w+_activity_\w+)\{(.*)\} (\S+)$/gm);
  const found: Record<string, string> = {};
  for (const [, name = '', labels = '', value = ''] of lines) {
    if (!labels.includes(queue)) continue;
    found[`${name}{${labels.replace(queue, '')}}`] = /_sum$|_bucket$/.test(name) ? 'any' : value;
  }
  return found;
}
