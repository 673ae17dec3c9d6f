import { describe, expect, it } from 'vitest';
import { CallLog, type RecordedRpc } from '../../src/grpc/call-log.ts';
import { checkMethod } from '../../src/grpc/method-pattern.ts';
import { throttledMethods } from '../../src/grpc/throttled-methods.ts';

function call(method: string): RecordedRpc {
  const path = `/the.Service/${method}`;
  return {
    method,
    path,
    namespace: undefined,
    metadata: {},
    verdict: 'passed',
    reason: undefined,
    token: undefined,
  };
}

describe('a condition', () => {
  it('that throws ends the wait', async () => {
    const log = new CallLog<string>();
    let broken = false;
    const waiting = log.until(() => {
      if (broken) throw new Error('no such thing');
      return false;
    });
    broken = true;
    log.changed();
    await expect(waiting).rejects.toThrow('no such thing');
  });
});

describe('very many calls', () => {
  it('are counted, but only the last ones are kept', () => {
    const log = new CallLog<string>();
    for (let i = 0; i < 25_000; i++) log.add(call(i < 20_000 ? 'A' : 'B'));
    expect([log.counts.passed.get('A'), log.counts.passed.get('B')]).toEqual([20_000, 5_000]);
    expect(log.requests.length).toBeGreaterThanOrEqual(10_000);
    expect(log.requests.length).toBeLessThanOrEqual(11_000);
    expect(log.requests.at(-1)?.method).toBe('B');
  });
});

it.each([
  [5, 'A method must be named by a text'],
  ['Poll', 'Temporal has no method "Poll": did you mean Poll*?'],
  [
    'PolWorkflowTaskQueue',
    'Temporal has no method "PolWorkflowTaskQueue": did you mean PollWorkflowTaskQueue?',
  ],
  [
    'PolActivityTaskQueue*',
    'Temporal has no method "PolActivityTaskQueue*": did you mean PollActivityTaskQueue?',
  ],
  [
    ['Poll*', ''],
    'Temporal has no method "": give a name as PollWorkflowTaskQueue, its beginning as Poll*, or a whole path',
  ],
])('there is no method %j', (pattern, message) => {
  expect(() => {
    checkMethod(pattern as string);
  }).toThrow(new TypeError(message));
});

it('polls are throttled first', () => {
  expect(throttledMethods(4)).toEqual([
    ...['GetWorkflowExecutionHistoryReverse', 'PollActivityTaskQueue', 'PollNexusTaskQueue'],
    ...['PollWorkflowExecutionUpdate', 'PollWorkflowTaskQueue', 'RecordWorkerHeartbeat'],
    ...['ResetStickyTaskQueue', 'ShutdownWorker'],
  ]);
});

it('each priority has the methods of all that are less important, and Temporal has each', () => {
  expect(([1, 2, 3, 4] as const).map((priority) => throttledMethods(priority).length)).toEqual([
    50, 35, 21, 8,
  ]);
  checkMethod(throttledMethods(1));
  expect(() => throttledMethods(5 as 4)).toThrow('priority must be');
});
