import '../src/fixtures/runtime-log.ts';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startMutualTlsTemporal } from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger, TestCertificateFolder, testCertificates } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { workflowsPath } from '../src/bad-days/workflow-bundle.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { activities, runs, underLoad } from '../src/fixtures/under-load.ts';

/** How long each certificate lives, and how long after it the next one is written. */
const [lifeMs, writtenEveryMs] = [30_000, 15_000];

await describeWith(['temporal-authorizer'], 'a Temporal that requires client certificates', () => {
  it('has workers live through three of 30 s, though each connection ends after 4 s', async () => {
    // A busy machine takes as long for it as a certificate lives.
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    await using server = await TestCertificateFolder.create();
    await server.write(testCertificates());
    const { certFile, keyFile, caFile: clientCaFile } = server.files;
    await using temporal = await startMutualTlsTemporal({
      ...{ certFile, keyFile, clientCaFile, maxConnectionAge: '4s' },
    });
    await using folder = await TestCertificateFolder.create();
    const issue = () => folder.issue({ notAfter: new Date(Date.now() + lifeMs) });
    await issue();
    const logger = new RecordingLogger();
    await using client = new TemporalWorkflowClient({
      ...{ applicationName: 'e2e-worker', authEnabled: false, logger },
      ...{ host: 'localhost', port: temporal.port, tls: folder.files, env: {} },
    });
    await client.load();
    const worker = await client.createWorker({ workflowBundle, activities });
    const { completedAtMs } = await underLoad(client, worker, async () => {
      for (let certificate = 2; certificate <= 3; certificate++) {
        await sleep(writtenEveryMs);
        await issue();
      }
      await sleep(writtenEveryMs);
    });
    expect(logger.matching('connected with another client certificate')).toHaveLength(2);
    // The last one is not renewed any more.
    const warnings = logger.messages('WARN');
    expect(warnings.filter((text) => !text.includes('certificate is not renewed'))).toEqual([]);
    expect(completedAtMs.size).toBeGreaterThan(60);
    expect([...runs.values()].filter((count) => count !== 1)).toEqual([]);
  }, 300_000);
});
