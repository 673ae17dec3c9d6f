import type { Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { bundleWorkflows } from '../support/bundle-workflows.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, passUntil, type Scene } from '../support/scene.ts';

beforeAll(quietRuntime);

const workflowBundle = await bundleWorkflows('extract-workflow.ts');

/** A worker whose activity begins and ends when the test says so. */
async function openHeld(scene: Scene): Promise<{
  readonly client: TemporalWorkflowClient;
  readonly worker: Worker;
  readonly begun: Promise<void>;
  readonly runs: () => number;
  end(): void;
}> {
  const client = scene.createClient();
  await client.load();
  const begin = Promise.withResolvers<undefined>();
  const end = Promise.withResolvers<number>();
  let runs = 0;
  const countRows = (): Promise<number> => {
    runs++;
    begin.resolve(undefined);
    return end.promise;
  };
  const worker = await client.createWorker({ workflowBundle, activities: { countRows } });
  return {
    client,
    worker,
    begun: begin.promise,
    runs: () => runs,
    end: () => {
      end.resolve(42);
    },
  };
}

describe('an activity that ends while Temporal refuses the token', () => {
  it('has its result held, and told with the next token: it runs once', async () => {
    await using scene = await openScene();
    const held = await openHeld(scene);
    await held.worker.runUntil(async () => {
      const { handle } = await held.client.startWorkflow('extract');
      await held.begun;
      const release = scene.oauth.hold();
      // Not the polls: Core would wait 10 s of real time before the next.
      const method = ['RecordWorkerHeartbeat', 'RespondActivityTaskCompleted'];
      scene.temporal.injectFault('permissionDenied', { token: 1, method });
      await passUntil(scene, () => scene.log.matching('refuses the access token').length > 0);
      held.end();
      // A probe that is asked for now comes after whatever the worker sends without a hold.
      const asked = scene.temporal.tokensOf('RecordWorkerHeartbeat').length;
      await scene.clock.advance(3_000);
      await scene.temporal.until(() => scene.temporal.tokensOf('RecordWorkerHeartbeat').length > asked);
      expect(scene.temporal.tokensOf('RespondActivityTaskCompleted')).toEqual([]);
      release();
      expect(await handle.result()).toBe(42);
    });
    expect(scene.temporal.tokensOf('RespondActivityTaskCompleted')).toEqual([scene.issuedFingerprints()[1]]);
    expect(held.runs()).toBe(1);
  });
});
