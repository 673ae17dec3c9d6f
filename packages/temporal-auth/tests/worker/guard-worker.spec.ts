import type { DataConverter, PayloadCodec } from '@temporalio/common';
import { CompleteAsyncError } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { type GuardedOptions, guardWorker } from '../../src/worker/guard-worker.ts';
import { type GuardScene, openGuard } from '../support/open-guard.ts';
import { rejection } from '../support/scene.ts';

/** Runs an activity of a guarded worker, to 42. */
function runActivity(
  { guard, log }: GuardScene,
  options: GuardedOptions,
  { acknowledgeResults = true, isAbandoned = false } = {},
): Promise<unknown> {
  const guarded = guardWorker(options, guard, { logger: log, acknowledgeResults });
  if (isAbandoned) guarded.abandon();
  const environment = new MockActivityEnvironment({}, { interceptors: [guarded.hold] });
  return environment.run<[], number, () => Promise<number>>(() => Promise.resolve(42));
}

/** What Temporal is told of activities by calls from here. */
function tellings({ connection }: GuardScene) {
  const respondActivityTaskCompleted = vi.fn<(request: object) => Promise<object>>().mockResolvedValue({});
  Object.assign(connection.workflowService, { respondActivityTaskCompleted });
  return respondActivityTaskCompleted.mock.calls;
}

describe('the outcome of an activity', () => {
  it('is left to the worker to tell, unless its arrival is to be awaited', async () => {
    const scene = await openGuard();
    const told = tellings(scene);
    expect(await runActivity(scene, {}, { acknowledgeResults: false })).toBe(42);
    expect(told).toEqual([]);
    expect(await rejection(runActivity(scene, {}))).toBeInstanceOf(CompleteAsyncError);
    expect(told).toHaveLength(1);
    await scene.guard.stop();
  });

  it('is told from here once the worker is given up', async () => {
    const scene = await openGuard();
    const told = tellings(scene);
    const running = runActivity(scene, {}, { acknowledgeResults: false, isAbandoned: true });
    expect(await rejection(running)).toBeInstanceOf(CompleteAsyncError);
    expect(told).toHaveLength(1);
    await scene.guard.stop();
  });

  it('is told in the namespace of the worker, else in that of the guard, as the worker would', async () => {
    const scene = await openGuard();
    const told = tellings(scene);
    await rejection(runActivity(scene, { namespace: 'theirs', identity: 'a worker' }));
    await rejection(runActivity(scene, {}));
    expect(told).toMatchObject([
      [{ namespace: 'theirs', identity: 'a worker' }],
      [{ namespace: 'ours', identity: expect.stringMatching(/@/) as string }],
    ]);
    await scene.guard.stop();
  });

  it('is encoded as the worker has it', async () => {
    const scene = await openGuard();
    const told = tellings(scene);
    const data = Buffer.from('encoded');
    const codec: PayloadCodec = {
      encode: (payloads) => Promise.resolve(payloads.map(() => ({ data }))),
      decode: (payloads) => Promise.resolve(payloads),
    };
    await rejection(runActivity(scene, { dataConverter: { payloadCodecs: [codec] } }));
    expect(told).toMatchObject([[{ result: { payloads: [{ data }] } }]]);
    await scene.guard.stop();
  });
});

describe('the time that the worker may take to tell an outcome', () => {
  const codecs: DataConverter = { payloadCodecs: [{} as PayloadCodec] };

  it.each<[string, DataConverter | undefined, number]>([
    ['no converter', undefined, 250],
    ['a converter', {}, 250],
    ['a converter with an empty list of codecs', { payloadCodecs: [] }, 250],
    ['codecs, which may ask elsewhere', codecs, 5_000],
    ['a storage elsewhere', { externalStorage: {} as never }, 5_000],
  ])('with %s', async (_what, dataConverter, settleMs) => {
    const scene = await openGuard();
    const keep = vi.spyOn(scene.guard.ledger, 'keep');
    await runActivity(scene, { ...(dataConverter && { dataConverter }) }, { acknowledgeResults: false });
    expect(keep.mock.calls[0]?.[0]).toMatchObject({ settleMs });
    await scene.guard.stop();
  });
});

describe('the interceptors of a guarded worker', () => {
  it('are those of the user, behind the one that holds activities', async () => {
    const { guard } = await openGuard();
    const logger = new RecordingLogger();
    const [own, client] = [() => ({}), { workflow: [] }];
    const interceptors = { activity: [own], client };
    const guarded = guardWorker({ interceptors }, guard, { logger, acknowledgeResults: false });
    expect(guarded.interceptors).toEqual({ activity: [guarded.hold, own], client });
    const alone = guardWorker({}, guard, { logger, acknowledgeResults: false });
    expect(alone.interceptors).toEqual({ activity: [alone.hold] });
    await guard.stop();
  });
});
