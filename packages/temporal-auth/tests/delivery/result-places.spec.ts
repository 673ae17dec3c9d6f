import * as common from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { ReportScene } from '../support/report-scene.ts';
import { rejection } from '../support/scene.ts';

const ofWorkflow = {};
const standalone = {
  ...{ inWorkflow: false, workflowExecution: undefined, workflowType: undefined },
  activityRunId: 'a',
} as const;

/** Older SDKs have none. */
describe.runIf('ExternalStorage' in common)('external storage', () => {
  it.each([
    ['workflow', ofWorkflow, { id: 'extract', type: 'extraction', runId: 'r' }],
    ['activity', standalone, { id: '7', type: 'countRows', runId: 'a' }],
  ])('is asked for the place of the %s; what it does not take goes to Core', async (kind, info, place) => {
    const targets: unknown[] = [];
    const full: common.StorageDriver = {
      ...{ name: 'rows', type: 'test', retrieve: () => Promise.resolve([]) },
      store: ({ target }) => {
        targets.push(target);
        return Promise.reject(new Error('disk full'));
      },
    };
    const externalStorage = new common.ExternalStorage({ drivers: [full], payloadSizeThreshold: 0 });
    const scene = new ReportScene({ info, worker: { dataConverter: { externalStorage } } });
    expect(await scene.run(() => 42)).toBe(42);
    expect(targets).toEqual([{ kind, namespace: 'ours', ...place }]);
    expect(scene.calls).toEqual([]);
  });
});

/** Older SDKs tell codecs nothing. */
describe.runIf('toPayloadsWithContext' in common)('the codec of a result', () => {
  it.each([
    ['of a workflow', ofWorkflow, { workflowId: 'extract' }],
    ['without one', standalone, {}],
  ])('is told of the activity %s, whose key it may use', async (_name, info, place) => {
    const contexts: unknown[] = [];
    const encode = (payloads: Payload[], context?: unknown): Promise<Payload[]> => {
      contexts.push(context);
      return Promise.resolve(payloads);
    };
    const worker = { dataConverter: { payloadCodecs: [{ encode, decode: encode }] } };
    await rejection(new ReportScene({ info, worker }).run(() => 42));
    expect(contexts).toEqual([
      { type: 'activity', namespace: 'ours', activityId: '7', isLocal: false, ...place },
    ]);
  });
});
