import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { guardedOptions } from '../../src/worker/guarded-options.ts';
import { openGuard } from '../support/open-guard.ts';

const autoscaling = { type: 'autoscaling', minimum: 5 };
const scaling = {
  ...{ workflowTaskPollerBehavior: autoscaling, activityTaskPollerBehavior: autoscaling },
  nexusTaskPollerBehavior: autoscaling,
};
const given: WorkerOptions = { taskQueue: 'extraction' };

function settings(log = new RecordingLogger()) {
  return { logger: log, acknowledgeResults: false, namespace: 'ours' };
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
    const made = await guardedOptions(given, undefined, settings());
    expect(made).toEqual({ options: { ...given, ...scaling } });
  });

  it('reports results before all interceptors of the user, which stay', async () => {
    const { guard } = await openGuard();
    const users: ActivityInterceptorsFactory = () => ({});
    const nexus = [() => ({})];
    const interceptors = { activity: [users], workflowModules: ['theirs'], nexus };
    const awaited = { ...settings(), acknowledgeResults: true };
    const { options, reporter } = await guardedOptions({ ...given, interceptors }, guard, awaited);
    expect(options.interceptors).toEqual({
      activity: [reporter?.interceptor, users],
      workflowModules: ['theirs'],
      nexus,
    });
    await guard.stop();
  });

  it('leaves results to Temporal where that is asked for: the interceptor does nothing', async () => {
    const { guard } = await openGuard();
    const { options, interceptor, reporter } = await guardedOptions(given, guard, settings());
    expect(reporter).toBeUndefined();
    expect(options.interceptors?.activity).toEqual([interceptor]);
    expect(interceptor?.({} as never)).toEqual({});
    await guard.stop();
  });
});
