import { CompleteAsyncError } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { PendingSlots } from '../../src/delivery/pending-slots.ts';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { fixedSlots, ReportScene } from '../support/report-scene.ts';
import { isSettled, rejection } from '../support/scene.ts';

const rejected = grpcError('PERMISSION_DENIED');
const completedElsewhere = expect.any(CompleteAsyncError) as unknown;

/** How many of ten pending results keep their slots. */
function held(tuner: never, share: number): number {
  const slots = new PendingSlots({ tuner }, share);
  return Array.from({ length: 10 }, () => slots.add(1)).filter(({ isApart }) => !isApart).length;
}

describe('pending results', () => {
  it.each([
    [1, 0.5, 0],
    [2, 0.5, 1],
    [3, 0.5, 2],
    [4, 0.5, 2],
    [100, 0.05, 5],
    [4, 0, 0],
    [4, 1, 3],
  ])('of %i slots, with a share of %f, keep %i', (slots, share, expected) => {
    expect(held(fixedSlots(slots), share)).toBe(expected);
  });

  it.each([
    ['custom slots', { activityTaskSlotSupplier: { type: 'custom' } }],
    ['slots by resources', { activityTaskSlotSupplier: { type: 'resource-based' } }],
    ['a tuner by resources', { tunerOptions: { targetMemoryUsage: 0.8, targetCpuUsage: 0.9 } }],
  ])('keep none of %s, whose number nobody knows', (_name, tuner) => {
    expect(held(tuner as never, 0.5)).toBe(0);
  });

  it('keep their slots beyond 64 MiB without one, until some of these have ended', () => {
    const slots = new PendingSlots({ tuner: fixedSlots(1) }, 0.5);
    const all = Array.from({ length: 33 }, () => slots.add(2_097_152));
    expect(all.map(({ isApart }) => isApart)).toEqual([
      ...Array.from({ length: 31 }, () => true),
      false,
      false,
    ]);
    all[0]?.end();
    all[31]?.end();
    expect([slots.add(2_097_152), slots.add(2_097_152)].map(({ isApart }) => isApart)).toEqual([true, false]);
  });
});

/** A worker with two slots, of whose results none is accepted. */
function deniedScene(): ReportScene {
  const info = { heartbeatTimeoutMs: 9_000, startToCloseTimeoutMs: 60_000 };
  const scene = new ReportScene({ info, worker: { tuner: fixedSlots(2) } });
  scene.answers = Array.from({ length: 1_000 }, () => rejected);
  return scene;
}

describe('a worker of which no result is accepted', () => {
  it('has a slot back as soon as results wait for more than their share, and they are delivered later', async () => {
    const scene = deniedScene();
    const [first, second] = [1, 2].map((value) => rejection(scene.run(() => value)));
    await scene.clock.advance(0);
    expect(await isSettled(first ?? Promise.resolve())).toBe(false);
    expect(await second).toEqual(completedElsewhere);
    await scene.clock.advance(30_000);
    expect(scene.methods.filter((method) => method === 'heartbeat').length).toBeGreaterThan(2);
    expect(scene.events.names).toEqual(['resultPending', 'resultPending']);
    expect(scene.conditions.list).toMatchObject([{ code: 'RESULTS_PENDING' }]);
    scene.answers = [];
    await scene.clock.advance(5_000);
    expect(await first).toEqual(completedElsewhere);
    expect(scene.events.of('resultDelivered')).toHaveLength(2);
    expect(scene.metrics.filter(({ name }) => name.endsWith('endtoend_latency'))).toHaveLength(2);
    expect([scene.conditions.list, scene.reporter.idle]).toEqual([[], undefined]);
  });

  it('is idle only when those without a slot have ended, at its end too', async () => {
    const scene = deniedScene();
    const running = [1, 2, 3].map((value) => rejection(scene.run(() => value)));
    await scene.clock.advance(0);
    expect(await Promise.all(running.map(isSettled))).toEqual([false, true, true]);
    scene.reporter.endAt(scene.clock.monotonicNow() + 10_000);
    const { idle } = scene.reporter;
    const settled = scene.sender.settled();
    await scene.clock.advance(9_999);
    expect(await Promise.all([idle ?? settled, settled].map(isSettled))).toEqual([false, false]);
    await scene.clock.advance(1);
    await Promise.all([idle, settled, ...running]);
    expect(scene.events.of('resultAbandoned').map(({ because }) => because)).toEqual([
      'shutdown',
      'shutdown',
      'shutdown',
    ]);
    await scene.clock.advance(30_000);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('says of one without a slot that Temporal never accepts it, as Core cannot report it any more', async () => {
    const scene = new ReportScene({ worker: { tuner: fixedSlots(1) } });
    scene.answers = [rejected, grpcError('INVALID_ARGUMENT', 'bad')];
    expect(await rejection(scene.run(() => 1))).toEqual(completedElsewhere);
    await scene.clock.advance(1_000);
    expect(scene.events.of('resultAbandoned')).toMatchObject([{ because: 'neverAccepted', reason: 'bad' }]);
    expect(scene.reporter.idle).toBeUndefined();
  });
});
