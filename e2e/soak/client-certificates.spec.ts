import '../src/fixtures/runtime-log.ts';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { startMutualTlsTemporal } from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger, TestCertificateFolder, testCertificates } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { activities } from '../src/workload/activities.ts';
import { Workload } from '../src/workload/workload.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';
import { extraction } from '../src/workload/workflows.ts';

/** How long each certificate lives, and how long after it the next one is written. */
const [lifeMs, writtenEveryMs] = [30_000, 15_000];

/** Activities that count how often each was run. */
function counting(): { readonly runs: Map<string, number>; readonly activities: typeof activities } {
  const runs = new Map<string, number>();
  const count = (run: string): void => void runs.set(run, (runs.get(run) ?? 0) + 1);
  return {
    runs,
    activities: {
      measure: (item) => {
        count(`measure ${item}`);
        return activities.measure(item);
      },
      record: (item, rows) => {
        count(`record ${item}`);
        return activities.record(item, rows);
      },
    },
  };
}

const { cert, key, ca } = testCertificates();

/** A Temporal in front of which each connection ends after 4 s, so that there is a new handshake. */
async function startTemporal(started: AsyncDisposableStack): Promise<{ readonly port: number }> {
  const server = started.use(await TestCertificateFolder.create());
  await server.write({ cert, key, ca });
  const { certFile, keyFile, caFile: clientCaFile } = server.files;
  return started.use(
    await startMutualTlsTemporal({ certFile, keyFile, clientCaFile, maxConnectionAge: '4s' }),
  );
}

await describeWith(['temporal-authorizer'], 'a Temporal that requires client certificates', () => {
  it('has workers live through three of 30 s, where a plain one is dead after the first', async () => {
    // A busy machine takes as long for it as a certificate lives.
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    await using started = new AsyncDisposableStack();
    const temporal = await startTemporal(started);
    await using folder = await TestCertificateFolder.create();
    const issue = () => folder.issue({ notAfter: new Date(Date.now() + lifeMs) });
    const first = await issue();
    const logger = new RecordingLogger();
    await using client = new TemporalWorkflowClient({
      ...{ applicationName: 'e2e-worker', authEnabled: false, logger },
      ...{ host: 'localhost', port: temporal.port, tls: folder.files, env: {} },
    });
    await client.load();
    const { runs, activities: counted } = counting();
    const worker = await client.createWorker({ workflowBundle, activities: counted });
    const connect = (issued: { cert: string; key: string }): Promise<NativeConnection> =>
      NativeConnection.connect({
        address: `localhost:${temporal.port}`,
        tls: {
          serverRootCACertificate: Buffer.from(ca),
          clientCertPair: { crt: Buffer.from(issued.cert), key: Buffer.from(issued.key) },
        },
      });
    const taskQueue = 'control';
    const dead = await connect(first);
    const control = await Worker.create({ connection: dead, taskQueue, workflowBundle, activities });
    const controlled = control.run();

    const workload = new Workload(client, 500);
    await worker.runUntil(async () => {
      const stop = new AbortController();
      const work = workload.run(stop.signal, () => undefined);
      const before = await client.startWorkflow(extraction, { taskQueue, args: [-1] });
      expect(await before.handle.result()).toContain('item -1');
      for (let certificate = 2; certificate <= 3; certificate++) {
        await sleep(writtenEveryMs);
        await issue();
      }
      await sleep(writtenEveryMs);
      // By the plain worker, 15 s after the end of its certificate.
      const { handle } = await client.startWorkflow(extraction, { taskQueue, args: [-2] });
      await sleep(5_000);
      expect(control.getState()).toBe('RUNNING');
      expect((await handle.describe()).status.name).toBe('RUNNING');

      stop.abort();
      await work;
      expect(logger.matching('connected with another client certificate')).toHaveLength(2);
      // The last one is not renewed any more.
      const warnings = logger.messages('WARN');
      expect(warnings.filter((text) => !text.includes('certificate is not renewed'))).toEqual([]);
      const alive = await connect(await folder.issue());
      control.connection = alive;
      let isHealed = false;
      void handle.result().then(() => (isHealed = true));
      await eventually('the plain worker with a good certificate', () => isHealed);
      control.shutdown();
      await controlled;
      await Promise.all([dead.close(), alive.close()]);
    });
    expect(workload.counts).toMatchObject({ completed: workload.counts.started, failed: 0 });
    expect(workload.counts.completed).toBeGreaterThan(60);
    expect([...runs.values()].filter((count) => count !== 1)).toEqual([]);
  }, 120_000);
});
