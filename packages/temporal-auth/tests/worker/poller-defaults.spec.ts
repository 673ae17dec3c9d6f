import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { type PollerOptions, pollerDefaults } from '../../src/worker/poller-defaults.ts';

const autoscaling = { type: 'autoscaling', minimum: 5 };
const taskQueue = 'extraction';

describe('pollerDefaults', () => {
  it('lets every poller scale of which nothing is said, to no less than five', () => {
    expect(pollerDefaults({ taskQueue }, new RecordingLogger())).toEqual({
      workflowTaskPollerBehavior: autoscaling,
      activityTaskPollerBehavior: autoscaling,
      nexusTaskPollerBehavior: autoscaling,
    });
  });

  it.each<[PollerOptions, string[]]>([
    [{ workflowTaskPollerBehavior: { type: 'simple-maximum' } }, ['activity', 'Nexus']],
    [{ activityTaskPollerBehavior: { type: 'autoscaling', maximum: 3 } }, ['workflow', 'Nexus']],
    [{ nexusTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 } }, ['workflow', 'activity']],
    [{ maxConcurrentWorkflowTaskPolls: 4 }, ['activity', 'Nexus']],
    [{ maxConcurrentActivityTaskPolls: 4 }, ['workflow', 'Nexus']],
    [{ maxConcurrentNexusTaskPolls: 4 }, ['workflow', 'activity']],
  ])(
    'leaves alone what %j says, and logs which pollers scale, and how to have fixed ones',
    (given, kinds) => {
      const log = new RecordingLogger();
      const options = pollerDefaults({ ...given, taskQueue }, log);
      expect(Object.keys(options)).toEqual(kinds.map((kind) => `${kind.toLowerCase()}TaskPollerBehavior`));
      const message =
        'The pollers of the worker scale, so that a refusal never ends it for good; for fixed ones set ' +
        "workflowTaskPollerBehavior: { type: 'simple-maximum' }, and so on";
      expect(log.entries).toEqual([{ level: 'INFO', message, meta: { taskQueue, pollers: kinds } }]);
    },
  );

  it('logs nothing when all are as the user wants them', () => {
    const log = new RecordingLogger();
    const given = {
      maxConcurrentWorkflowTaskPolls: 4,
      maxConcurrentActivityTaskPolls: 4,
      maxConcurrentNexusTaskPolls: 4,
    };
    expect(pollerDefaults({ ...given, taskQueue }, log)).toEqual({});
    expect(log.entries).toEqual([]);
  });
});
