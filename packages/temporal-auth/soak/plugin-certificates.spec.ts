import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { TemporalAuthPlugin } from '../src/plugin.ts';
import { type CertificateScene, openCertificateScene } from '../tests/support/certificate-scene.ts';
import { pluginOf, taskQueue } from '../tests/support/plugin-scene.ts';
import { workflowBundle } from '../tests/support/workflow-bundle.ts';
import { quietRuntime } from '../tests/support/quiet-runtime.ts';
import { passUntil, settled } from '../tests/support/scene.ts';

beforeAll(quietRuntime);

const activities = { countRows: () => Promise.resolve(42) };
const connected = 'The workers are connected with another client certificate';

interface PluginScene extends CertificateScene {
  readonly auth: TemporalAuthPlugin;
}

async function openPluginScene(authEnabled: boolean): Promise<PluginScene> {
  const scene = await openCertificateScene();
  const tls = scene.folder.files;
  return {
    ...scene,
    auth: pluginOf(scene, { host: 'localhost', env: { WORKER_AUTH_ENABLED: String(authEnabled) }, tls }),
  };
}

/** Writes another certificate, and lets time pass until `count` worker connections have come after the first. */
async function rotate(scene: PluginScene, name: string, count: number): Promise<void> {
  await scene.issue(name);
  await passUntil(scene, () => scene.log.matching(connected).length === count);
}

/** Runs a workflow on the worker, through two certificates. */
async function workThrough(scene: PluginScene, client: Client, worker: Worker): Promise<void> {
  const running = worker.runUntil(async () => {
    await rotate(scene, 'second', 1);
    await rotate(scene, 'third', 2);
    await scene.temporalClock.advance(60_000);
    const result = client.workflow.execute('extract', { taskQueue, workflowId: 'extract' });
    expect(await settled(scene, result as Promise<unknown>)).toBe(42);
  });
  await settled(scene, running);
  const namesOf = (method: string): readonly (string | undefined)[] =>
    scene.temporal.calls.filter((call) => call.method === method).map(({ clientName }) => clientName);
  expect(namesOf('StartWorkflowExecution')).toEqual(['third']);
  expect(namesOf('RespondActivityTaskCompleted')).toEqual(['third']);
  expect(scene.temporal.totals.rejected).toBe(0);
}

describe.each([{ authEnabled: false }, { authEnabled: true }])(
  'temporalAuth({ tls: files }) ($authEnabled)',
  ({ authEnabled }) => {
    it('moves workers from a connection that it was given to, which stays for its owner to close', async () => {
      await using scene = await openPluginScene(authEnabled);
      const { auth } = scene;
      await auth.ready();
      const address = `localhost:${scene.temporal.port}`;
      const connection = await NativeConnection.connect({ address, plugins: [auth, auth] });
      const close = vi.spyOn(connection, 'close');
      const client = new Client({ connection: await Connection.connect({ address, plugins: [auth] }) });
      const worker = await Worker.create({ connection, taskQueue, workflowBundle, activities });
      await workThrough(scene, client, worker);
      expect(worker.connection).not.toBe(connection);
      const another = await Worker.create({ connection, taskQueue: 'another', activities });
      expect(another.connection).toBe(worker.connection);
      await settled(scene, another.runUntil(Promise.resolve()));
      expect(close).not.toHaveBeenCalled();
      await connection.close();
      await client.connection.close();
      await settled(scene, auth.close());
      await scene.temporal.until(() => scene.temporal.openConnections === 0);
    });
  },
);
