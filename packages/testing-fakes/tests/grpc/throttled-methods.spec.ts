import { expect, it } from 'vitest';
import { checkMethod } from '../../src/grpc/method-pattern.ts';
import { throttledMethods } from '../../src/grpc/throttled-methods.ts';

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
