import type { WorkerOptions } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { pollerDefaults } from '../../src/worker/worker-run.ts';

const autoscaling = { type: 'autoscaling', minimum: 5 };

describe('pollerDefaults', () => {
  it('lets every poller scale of which nothing is said, to no less than five', () => {
    expect(pollerDefaults({})).toEqual({
      workflowTaskPollerBehavior: autoscaling,
      activityTaskPollerBehavior: autoscaling,
      nexusTaskPollerBehavior: autoscaling,
    });
  });

  it.each<[Partial<WorkerOptions>, string[]]>([
    [{ workflowTaskPollerBehavior: { type: 'simple-maximum' } }, ['activity', 'nexus']],
    [{ activityTaskPollerBehavior: { type: 'autoscaling', maximum: 3 } }, ['workflow', 'nexus']],
    [{ nexusTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 } }, ['workflow', 'activity']],
    [{ maxConcurrentWorkflowTaskPolls: 4 }, ['activity', 'nexus']],
    [{ maxConcurrentActivityTaskPolls: 4 }, ['workflow', 'nexus']],
    [{ maxConcurrentNexusTaskPolls: 4 }, ['workflow', 'activity']],
  ])('leaves alone what %j says', (given, kinds) => {
    expect(Object.keys(pollerDefaults(given))).toEqual(kinds.map((kind) => `${kind}TaskPollerBehavior`));
  });

  it('leaves a worker with one slot for workflows to Temporal, which rejects it: it would run none', () => {
    const kinds = (given: Partial<WorkerOptions>): string[] => Object.keys(pollerDefaults(given));
    const one = { maxConcurrentWorkflowTaskExecutions: 1 };
    expect(kinds(one)).not.toContain('workflowTaskPollerBehavior');
    expect(kinds({ ...one, maxCachedWorkflows: 0 })).toContain('workflowTaskPollerBehavior');
    expect(kinds({ maxConcurrentWorkflowTaskExecutions: 2 })).toContain('workflowTaskPollerBehavior');
  });
});
