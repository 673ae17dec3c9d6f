import { CompleteAsyncError } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { guardedOptions } from '../../src/worker/guarded-options.ts';
import { Parking } from '../../src/worker/parking/parking.ts';
import { openGuard } from '../support/open-guard.ts';
import { rejection } from '../support/scene.ts';

const autoscaling = { type: 'autoscaling', minimum: 5 };
const scaling = {
  ...{ workflowTaskPollerBehavior: autoscaling, activityTaskPollerBehavior: autoscaling },
  nexusTaskPollerBehavior: autoscaling,
};
const given: WorkerOptions = { taskQueue: 'extraction' };

function settings(log = new RecordingLogger(), { isParkable = false } = {}) {
  return { logger: log, acknowledgeResults: false, namespace: 'ours', isParkable };
}

describe('guardedOptions', () => {
  it('lets the pollers scale of which nothing is said, guarded or not, and the log tell so', async () => {
    const log = new RecordingLogger();
    const made = await guardedOptions(
      { ...given, maxConcurrentActivityTaskPolls: 4 },
      undefined,
      settings(log),
    );
    const { workflowTaskPollerBehavior, nexusTaskPollerBehavior } = scaling;
    expect(made.options).toEqual({
      ...{ ...given, maxConcurrentActivityTaskPolls: 4 },
      ...{ workflowTaskPollerBehavior, nexusTaskPollerBehavior },
    });
    expect(log.entries).toMatchObject([
      { level: 'INFO', meta: { taskQueue: 'extraction', pollers: ['workflow', 'Nexus'] } },
    ]);
  });

  it('adds nothing else where there is nothing to be refused', async () => {
    const made = await guardedOptions(given, undefined, settings(undefined, { isParkable: false }));
    expect(made).toEqual({ options: { ...given, ...scaling }, guarded: undefined, parking: undefined });
  });

  it('holds activities before all interceptors of the user, which stay', async () => {
    const { guard } = await openGuard();
    const users: ActivityInterceptorsFactory = () => ({});
    const interceptors = { activity: [users], workflowModules: ['theirs'] };
    const { options, guarded } = await guardedOptions({ ...given, interceptors }, guard, settings());
    expect(options.interceptors).toEqual({
      activity: [guarded?.hold, users],
      workflowModules: ['theirs'],
    });
    await guard.stop();
  });

  it('has outcomes told from here, in the namespace, where their arrival is awaited', async () => {
    const { guard, log, connection } = await openGuard();
    const respondActivityTaskCompleted = vi.fn<() => Promise<object>>().mockResolvedValue({});
    Object.assign(connection.workflowService, { respondActivityTaskCompleted });
    const awaited = { logger: log, acknowledgeResults: true, namespace: 'theirs', isParkable: false };
    const { options } = await guardedOptions(given, guard, awaited);
    const interceptors = options.interceptors?.activity ?? [];
    const environment = new MockActivityEnvironment({}, { interceptors: [...interceptors] });
    const running = environment.run<[], number, () => Promise<number>>(() => Promise.resolve(42));
    expect(await rejection(running)).toBeInstanceOf(CompleteAsyncError);
    expect(respondActivityTaskCompleted.mock.calls).toMatchObject([[{ namespace: 'theirs' }]]);
    await guard.stop();
  });

  it('parks on the connection of the guard, with as many polls for new workflows as for others', async () => {
    const parking = { stop: () => Promise.resolve() } as unknown as Parking;
    vi.spyOn(Parking, 'open').mockResolvedValue(parking);
    const { guard } = await openGuard();
    const made = await guardedOptions(given, guard, settings(undefined, { isParkable: true }));
    expect(made.parking).toBe(parking);
    expect(made.options.nonStickyToStickyPollRatio).toBe(0.5);
    await guard.stop();
  });

  it('leaves the polls for new workflows as the user wants them', async () => {
    const nonStickyToStickyPollRatio = 0.3;
    const options = { ...given, nonStickyToStickyPollRatio };
    const made = await guardedOptions(options, undefined, settings(undefined, { isParkable: true }));
    expect(made.options).toMatchObject({ nonStickyToStickyPollRatio });
    expect(made.parking).toBeUndefined();
  });

  it('opens no parking for workers that are not parked', async () => {
    const open = vi.spyOn(Parking, 'open');
    const { guard } = await openGuard();
    const made = await guardedOptions(given, guard, settings());
    expect([made.parking, made.options.nonStickyToStickyPollRatio]).toEqual([undefined, undefined]);
    expect(open).not.toHaveBeenCalled();
    await guard.stop();
  });
});
