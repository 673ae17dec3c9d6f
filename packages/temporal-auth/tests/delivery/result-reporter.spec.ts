import { CompleteAsyncError } from '@temporalio/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, vi } from 'vitest';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { ReportScene } from '../support/report-scene.ts';
import { isSettled, rejection } from '../support/scene.ts';

const rejected = grpcError('PERMISSION_DENIED', 'Request unauthorized.');

/** What Core is told of a result that was reported. */
const completedElsewhere = expect.any(CompleteAsyncError) as unknown;

describe('the result of an activity', () => {
  it('is reported by one call, and Core reports nothing', async () => {
    const scene = await ReportScene.reported([]);
    const request = { namespace: 'ours', identity: 'me', taskToken: Uint8Array.of(1, 2, 3) };
    expect(scene.calls).toMatchObject([{ method: 'completed', request }]);
    scene.ending.abort();
    expect([scene.log.entries, scene.events.names, scene.clock.pendingTimers]).toEqual([[], [], 0]);
  });

  it.each(['PERMISSION_DENIED', 'UNAUTHENTICATED'] as const)(
    'is sent again with another token, as soon as there is one, after %s',
    async (code) => {
      const scene = await ReportScene.reported([grpcError(code)], 0, { nextToken: 'second' });
      expect(scene.calls.map(({ token }) => token)).toEqual(['first', 'second']);
      expect(new Set(scene.calls.map(({ atMs }) => atMs)).size).toBe(1);
      // It shows that Temporal accepts the token, and works for the namespace.
      expect([scene.accepted, scene.acceptedIn]).toEqual([['second'], ['ours']]);
    },
  );

  it('keeps the process alive until it is sent again', async () => {
    const scene = new ReportScene();
    const timers = vi.spyOn(scene.clock, 'startTimer');
    scene.answers = [rejected];
    const running = rejection(scene.run(() => 42));
    await scene.clock.advance(500);
    await running;
    expect(timers.mock.calls).toContainEqual([expect.any(Function), 500, { keepAlive: true }]);
  });

  it('is sent again with the same token when there is no other, later and later, after 2 s at most', async () => {
    const answers = Array.from({ length: 7 }, () => rejected);
    const scene = await ReportScene.reported(answers, 40_000, { random: () => 1 - 1e-9 });
    const waits = scene.calls.map(({ atMs }, index) => atMs - (scene.calls[index - 1]?.atMs ?? atMs));
    expect(waits.map((ms) => Math.round(ms))).toEqual([0, 500, 1_000, 2_000, 2_000, 2_000, 2_000, 2_000]);
  });

  it.each([
    'UNAVAILABLE',
    'RESOURCE_EXHAUSTED',
    'DEADLINE_EXCEEDED',
    'INTERNAL',
    'UNKNOWN',
    'CANCELLED',
    'ABORTED',
  ] as const)('is sent again after a while, after %s', async (code) => {
    const { calls } = await ReportScene.reported([grpcError(code)], 500, { nextToken: 'second' });
    expect(calls.map(({ atMs }) => atMs - (calls[0]?.atMs ?? 0))).toEqual([0, 375]);
  });

  it('is sent once more when there is no answer for 15 s', async () => {
    const scene = await ReportScene.reported(['hangs'], 15_000);
    const [first, second] = scene.calls;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBe(15_000);
    expect(scene.events.names).toEqual(['resultPending', 'resultDelivered']);
    expect(scene.events.of('resultPending')).toMatchObject([
      { reason: 'Temporal at temporal:7233 did not answer within 15000 ms, for namespace "ours".' },
    ]);
  });

  it('is sent once more after 5 s when another connection is in place by then', async () => {
    const scene = new ReportScene();
    scene.answers = ['hangs'];
    scene.onSilent = () => Promise.resolve(true);
    const running = rejection(scene.run(() => 42));
    await scene.clock.advance(4_999);
    expect(scene.calls).toHaveLength(1);
    await scene.clock.advance(1);
    expect(await running).toEqual(completedElsewhere);
    expect(scene.calls).toHaveLength(2);
  });

  it('is reported by an answer to the first call that comes after 29 s', async () => {
    const scene = new ReportScene();
    const { promise, resolve } = Promise.withResolvers<object>();
    scene.answers = [promise, 'hangs'];
    const running = rejection(scene.run(() => 42));
    await scene.clock.advance(29_000);
    expect(await isSettled(running)).toBe(false);
    resolve({});
    expect(await running).toEqual(completedElsewhere);
    expect(scene.calls).toHaveLength(2);
  });

  it('is sent again after the answer to the second call, when the first one had none', async () => {
    const scene = await ReportScene.reported(['hangs', grpcError('UNAVAILABLE')], 16_000);
    expect(scene.calls).toHaveLength(3);
    expect(scene.events.names).toEqual(['resultPending', 'resultDelivered']);
  });

  it('is sent each 15 s when the connection itself never settles a call', async () => {
    const scene = new ReportScene({ info: { startToCloseTimeoutMs: 600_000 } });
    scene.answers = ['hangs', 'hangs'];
    scene.isDeaf = true;
    const running = rejection(scene.run(() => 42));
    await scene.clock.advance(29_999);
    expect(scene.calls).toHaveLength(2);
    await scene.clock.advance(1);
    expect(await running).toEqual(completedElsewhere);
  });

  it('is reported when Temporal has no such task any more', async () => {
    expect((await ReportScene.reported([grpcError('NOT_FOUND')])).calls).toHaveLength(1);
  });

  it.each([grpcError('INVALID_ARGUMENT'), new TypeError('no such field')])(
    'goes to Core when no repetition helps: %s',
    async (error) => {
      const scene = new ReportScene();
      scene.answers = [error];
      expect(await scene.run(() => 42)).toBe(42);
      expect(scene.calls).toHaveLength(1);
      expect(scene.log.entries).toEqual([]);
    },
  );

  it.each([
    grpcError('RESOURCE_EXHAUSTED', 'grpc: received message larger than max (5000000 vs. 4194304)'),
    grpcError('RESOURCE_EXHAUSTED', 'trying to send message larger than max (5000000 vs. 4194304)'),
    grpcError(
      'OUT_OF_RANGE',
      'Error, decoded message length too large: found 5000000 bytes, the limit is: 4 bytes',
    ),
    grpcError('UNKNOWN', 'grpc-status header missing, mapped from HTTP status code 413'),
    grpcError(
      'INTERNAL',
      'invalid compression flag: 60 while receiving response with status: 413 Payload Too Large',
    ),
  ])('is sent once, and said to be abandoned, when it is too large: %s', async (error) => {
    const { calls, events, log } = await ReportScene.reported([error]);
    expect(calls).toHaveLength(1);
    expect(events.of('resultAbandoned')).toMatchObject([{ activityId: '7', because: 'neverAccepted' }]);
    expect(log.messages('ERROR')).toEqual([
      `An activity result is abandoned, as Temporal never accepts it; the activity may run again: ${error.message}`,
    ]);
  });

  it('is sent again where what answered speaks no gRPC', async () => {
    const error = grpcError(
      'RESOURCE_EXHAUSTED',
      'received message larger than max (1213486160 vs. 4194304)',
    );
    expect((await ReportScene.reported([error], 500)).calls).toHaveLength(2);
  });

  it.each([
    ['a proxy without a route', grpcError('UNIMPLEMENTED', 'mapped from HTTP status code 404')],
    ['Envoy without a route', grpcError('UNIMPLEMENTED')],
    ['a failover', grpcError('FAILED_PRECONDITION')],
    ['a namespace that is not there', grpcError('NOT_FOUND', 'Namespace ours is not found.')],
  ])('is sent again after %s', async (_name, error) => {
    expect((await ReportScene.reported([error], 500)).calls).toHaveLength(2);
  });

  it('is reported outside of whatever the activity runs in', async () => {
    const storage = new AsyncLocalStorage<string>();
    const scene = new ReportScene();
    const seen: unknown[] = [];
    scene.onCall = () => seen.push(storage.getStore());
    scene.answers = [rejected];
    const running = storage.run('a deadline', () => rejection(scene.run(() => storage.getStore())));
    await scene.clock.advance(500);
    await running;
    expect(seen).toEqual([undefined, undefined]);
  });

  it('waits for no other one', async () => {
    const scene = new ReportScene();
    scene.answers = ['hangs', 'hangs'];
    const hanging = [scene.run(() => 1), scene.run(() => 2)].map(rejection);
    await scene.clock.advance(0);
    expect(await rejection(scene.run(() => 3))).toEqual(completedElsewhere);
    expect(await Promise.all(hanging.map(isSettled))).toEqual([false, false]);
    scene.ending.abort();
  });
});

describe('what Core reports as ever', () => {
  it('is a local activity', async () => {
    const scene = new ReportScene({ info: { isLocal: true } });
    expect(await scene.run(() => 42)).toBe(42);
    expect(scene.calls).toEqual([]);
  });

  it('is an activity that somebody else completes', async () => {
    const scene = new ReportScene();
    const mine = new CompleteAsyncError();
    expect(await rejection(scene.run(() => Promise.reject(mine)))).toBe(mine);
    expect(scene.calls).toEqual([]);
  });

  it('is a failure that cannot be read', async () => {
    const scene = new ReportScene();
    const unreadable: unknown = new Proxy(
      {},
      { get: (_target, key) => (key === 'then' ? undefined : fail()) },
    );
    const error = await rejection(
      scene.run(() => {
        throw unreadable;
      }),
    );
    expect(error === unreadable).toBe(true);
    expect(scene.calls).toEqual([]);
  });
});

function fail(): never {
  throw new RangeError('not for you');
}

describe('a reporter', () => {
  it('is idle when each activity that began is reported, and not while a later one runs', async () => {
    const scene = new ReportScene();
    expect(scene.reporter.idle).toBeUndefined();
    for (const value of [1, 2]) {
      scene.answers = ['hangs'];
      const running = rejection(scene.run(() => value));
      await scene.clock.advance(0);
      const idle = scene.reporter.idle ?? Promise.resolve();
      expect(await isSettled(idle)).toBe(false);
      await scene.clock.advance(15_000);
      await Promise.all([running, idle]);
      expect(scene.reporter.idle).toBeUndefined();
    }
  });
});
