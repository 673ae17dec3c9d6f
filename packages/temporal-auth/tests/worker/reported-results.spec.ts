import { Context } from '@temporalio/activity';
import { CompleteAsyncError, type Payload } from '@temporalio/common';
import type { RpcFaultName } from '@worker-auth/testing-fakes';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CreateWorkerOptions } from '../../src/settings/temporal-options.ts';
import type { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { gatedActivity } from '../support/gated-activity.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { isSettled, openScene, passUntil, type Scene, settled } from '../support/scene.ts';

beforeAll(quietRuntime);

const completed = 'RespondActivityTaskCompleted';
const failed = 'RespondActivityTaskFailed';

/** Runs one workflow to its end. */
async function extract(
  scene: Scene,
  options: Partial<CreateWorkerOptions>,
  {
    client = scene.createClient(),
    meanwhile = () => Promise.resolve(),
  }: { client?: TemporalWorkflowClient; meanwhile?: () => Promise<unknown> } = {},
): Promise<unknown> {
  await client.load();
  const worker = await client.createWorker({ workflowBundle, ...options });
  return worker.runUntil(async () => {
    const { handle } = await client.startWorkflow('extract');
    await meanwhile();
    return settled(scene, handle.result() as Promise<unknown>);
  });
}

/** Every other call passes, probes among them. */
function rejectResults({ temporal }: Scene, fault: RpcFaultName, times: number): void {
  temporal.injectFault(fault, { method: [completed, failed], times });
}

const count = (scene: Scene, method: string): number =>
  scene.temporal.calls.filter((call) => call.method === method).length;

describe('a result that Temporal does not accept, while probes pass', () => {
  it.each([
    'permissionDenied',
    'http401',
    'throttled',
    'unavailable',
    'connectionClosed',
    'neverAnswers',
  ] as const)('is sent again until it does: %s', async (fault) => {
    await using scene = await openScene();
    let runs = 0;
    const countRows = (): Promise<number> => {
      runs++;
      rejectResults(scene, fault, 3);
      return Promise.resolve(42);
    };
    expect(await extract(scene, { activities: { countRows } })).toBe(42);
    expect(runs).toBe(1);
    expect(count(scene, completed)).toBeGreaterThan(3);
    scene.temporal.assertDone();
  });

  it('is sent again with the next token', async () => {
    await using scene = await openScene();
    const countRows = (): Promise<number> => {
      scene.temporal.injectFault('permissionDenied', { token: 1, method: completed });
      return Promise.resolve(42);
    };
    expect(await extract(scene, { activities: { countRows } })).toBe(42);
    // Once or twice with the first: the next one takes real time, and the pause before the repetition none.
    const tokens = [...new Set(scene.temporal.tokensOf(completed))];
    expect(tokens).toEqual(scene.issuedFingerprints().slice(0, 2));
  });

  it('of 1.9 MB is sent again as it is', async () => {
    await using scene = await openScene();
    const rows = 'x'.repeat(1_900_000);
    const countRows = (): Promise<string> => {
      rejectResults(scene, 'permissionDenied', 2);
      return Promise.resolve(rows);
    };
    expect((await extract(scene, { activities: { countRows } })) === rows).toBe(true);
  });

  it('is sent again as the codec of the worker made it, once', async () => {
    await using scene = await openScene();
    let encodings = 0;
    const flip = (payloads: Payload[]): Promise<Payload[]> =>
      Promise.resolve(
        payloads.map((one) => ({ ...one, data: one.data?.map((byte) => byte ^ 0xff) ?? null })),
      );
    const encode = (payloads: Payload[]): Promise<Payload[]> => {
      encodings += payloads.filter(({ data }) => Buffer.from(data ?? []).toString() === '"forty-two"').length;
      return flip(payloads);
    };
    const dataConverter = { payloadCodecs: [{ encode, decode: flip }] };
    const client = scene.createClient({ client: { dataConverter } });
    const countRows = (): Promise<string> => {
      rejectResults(scene, 'permissionDenied', 2);
      return Promise.resolve('forty-two');
    };
    expect(await extract(scene, { activities: { countRows }, dataConverter }, { client })).toBe('forty-two');
    // The activity's and the workflow's.
    expect(encodings).toBe(2);
  });

  it('is sent again when it is a failure, which the server retries', async () => {
    await using scene = await openScene();
    let runs = 0;
    const countRows = (): Promise<number> => {
      if (runs++ > 0) return Promise.resolve(7);
      rejectResults(scene, 'permissionDenied', 2);
      return Promise.reject(new Error('disk full'));
    };
    expect(await extract(scene, { activities: { countRows } })).toBe(7);
    expect([runs, count(scene, failed)]).toEqual([2, 3]);
  });

  it.each([1, 2])('is sent again while its worker of %i slots shuts down', async (slots) => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    const activity = gatedActivity();
    const worker = await client.createWorker({
      ...{ workflowBundle, ...activity, shutdownGraceTime: '1 minute' },
      maxConcurrentActivities: slots,
    });
    const running = worker.run();
    await client.startWorkflow('extract');
    await activity.begun;
    scene.temporal.failWith('permissionDenied', completed);
    activity.end(42);
    await scene.temporal.until(() => count(scene, completed) > 0);
    worker.shutdown();
    await passUntil(scene, () => count(scene, completed) > 2);
    expect(await isSettled(running)).toBe(false);
    scene.temporal.recover();
    await settled(scene, running);
    expect([activity.runs(), scene.temporal.passed.get(completed)]).toEqual([1, 1]);
  });
});

describe('a result', () => {
  it('is reported by one call, in which nothing is different', async () => {
    await using scene = await openScene();
    expect(await extract(scene, { activities: { countRows: () => Promise.resolve(42) } })).toBe(42);
    expect(count(scene, completed)).toBe(1);
    expect(scene.log.matching('result')).toEqual([]);
  });

  it('is left to whoever completes it, when the activity says so', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    const token = Promise.withResolvers<Uint8Array>();
    const countRows = (): Promise<number> => {
      token.resolve(Context.current().info.taskToken);
      return Promise.reject(new CompleteAsyncError());
    };
    const meanwhile = async (): Promise<void> => client.client.activity.complete(await token.promise, 42);
    expect(await extract(scene, { activities: { countRows } }, { client, meanwhile })).toBe(42);
    expect(count(scene, completed)).toBe(1);
  });
});
