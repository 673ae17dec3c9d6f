import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { logPollers, type PollerOptions, pollerDefaults } from '../../src/worker/poller-defaults.ts';

const autoscaling = { type: 'autoscaling', minimum: 5 };

describe('pollerDefaults', () => {
  it('lets every poller scale of which nothing is said, to no less than five', () => {
    expect(pollerDefaults({})).toEqual({
      options: {
        workflowTaskPollerBehavior: autoscaling,
        activityTaskPollerBehavior: autoscaling,
        nexusTaskPollerBehavior: autoscaling,
      },
      kinds: ['workflow', 'activity', 'Nexus'],
    });
  });

  it.each<[PollerOptions, string[]]>([
    [{ workflowTaskPollerBehavior: { type: 'simple-maximum' } }, ['activity', 'Nexus']],
    [{ activityTaskPollerBehavior: { type: 'autoscaling', maximum: 3 } }, ['workflow', 'Nexus']],
    [{ nexusTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 } }, ['workflow', 'activity']],
    [{ maxConcurrentWorkflowTaskPolls: 4 }, ['activity', 'Nexus']],
    [{ maxConcurrentActivityTaskPolls: 4 }, ['workflow', 'Nexus']],
    [{ maxConcurrentNexusTaskPolls: 4 }, ['workflow', 'activity']],
  ])('leaves alone what %j says', (given, kinds) => {
    const defaults = pollerDefaults(given);
    expect(defaults.kinds).toEqual(kinds);
    expect(Object.keys(defaults.options)).toEqual(
      kinds.map((kind) => `${kind.toLowerCase()}TaskPollerBehavior`),
    );
  });
});

describe('logPollers', () => {
  it('says which pollers scale, and how to have fixed ones', () => {
    const log = new RecordingLogger();
    logPollers(pollerDefaults({ maxConcurrentActivityTaskPolls: 4 }), log, 'extraction');
    expect(log.entries).toEqual([
      {
        level: 'INFO',
        message:
          'The pollers of the worker scale, so that a refusal never ends it for good; for fixed ones set ' +
          "workflowTaskPollerBehavior: { type: 'simple-maximum' }, and so on",
        meta: { taskQueue: 'extraction', pollers: ['workflow', 'Nexus'] },
      },
    ]);
  });

  it('says nothing when all are as the user wants them', () => {
    const log = new RecordingLogger();
    logPollers({ options: {}, kinds: [] }, log, 'extraction');
    expect(log.entries).toEqual([]);
  });
});
