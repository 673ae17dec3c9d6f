import { Context, heartbeat } from '@temporalio/activity';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../support/bundle-workflows.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, type Scene, settled } from '../support/scene.ts';

beforeAll(quietRuntime);

const workflowBundle = await bundleWorkflows('guarded-workflows.ts');

type CountRows = (from?: number) => Promise<number>;

/** Runs a workflow to its end on a guarded worker with this activity. */
async function run(scene: Scene, workflowType: string, countRows: CountRows): Promise<unknown> {
  const client = scene.createClient();
  await client.load();
  const worker = await client.createWorker({ workflowBundle, activities: { countRows } });
  return worker.runUntil(async () => {
    const { handle } = await client.startWorkflow(workflowType);
    return settled(scene, handle.result() as Promise<unknown>);
  });
}

/** The token of the first probe is refused where activities are reported, from now on. */
function withdrawToken({ temporal }: Scene): void {
  const method = ['RespondActivityTaskCompleted', 'RespondActivityTaskFailed'];
  temporal.injectFault('permissionDenied', { token: 1, method });
}

async function untilRefused(scene: Scene): Promise<void> {
  await scene.temporal.until(() => scene.temporal.refused.size > 0);
}

describe('with the guard, as without it', () => {
  it('an activity may run out of its time, and is tried again', async () => {
    await using scene = await openScene();
    const second = Promise.withResolvers<number>();
    let runs = 0;
    const result = run(scene, 'timingOut', () => {
      if (runs++ > 0) second.resolve(7);
      return second.promise;
    });
    expect(await result).toBe(7);
    expect(runs).toBe(2);
  });

  it('heartbeats arrive, and bring the cancellation that is reported as one', async () => {
    await using scene = await openScene();
    const result = run(scene, 'cancelling', async (from) => {
      if (from === -1) return 0;
      for (let count = 0; ; count++) {
        heartbeat(count);
        await Promise.race([Context.current().cancelled, new Promise((resolve) => setTimeout(resolve, 50))]);
      }
    });
    expect(await result).toBe('cancelled');
    expect(scene.temporal.passed.get('RecordActivityTaskHeartbeat')).toBeGreaterThan(0);
    // Once more where a busy machine was late with a heartbeat.
    expect(scene.temporal.passed.get('RespondActivityTaskCanceled')).toBeGreaterThan(0);
  });

  it('a local activity is part of its workflow task, and is not reported apart', async () => {
    await using scene = await openScene();
    expect(await run(scene, 'locally', () => Promise.resolve(7))).toBe(7);
    expect(scene.temporal.tokensOf('RespondActivityTaskCompleted')).toEqual([]);
  });

  it('a workflow goes on as a new run, and a result that was refused goes to its own run', async () => {
    await using scene = await openScene();
    const runs: number[] = [];
    const result = run(scene, 'continuing', (from = 0) => {
      runs.push(from);
      if (from === 1) withdrawToken(scene);
      return Promise.resolve(from + 1);
    });
    await untilRefused(scene);
    expect(await result).toBe(3);
    expect(runs).toEqual([0, 1, 2]);
  });
});
