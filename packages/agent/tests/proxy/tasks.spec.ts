import { FakeClock } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { Tasks } from '../../src/proxy/tasks.ts';
import type { ActivityTask } from '../../src/proxy/wire.ts';

const namespaces = new Set(['default']);
const bounds = { results: 1, bytes: 1, perQueue: 1 };

const taskOf = (taskToken: string, seconds: number): ActivityTask => ({
  ...{ taskToken, activityType: 'countRows', activityId: taskToken, workflowId: undefined },
  ...{ scheduledTimestampMs: 0, currentAttemptScheduledTimestampMs: 0, scheduleToCloseTimeoutMs: 0 },
  ...{ startToCloseTimeoutMs: seconds * 1_000, heartbeatTimeoutMs: 0, heartbeatDetails: undefined },
});

it('is forgotten with its own time-outs when it is never reported', async () => {
  const clock = new FakeClock();
  const tasks = new Tasks(clock, bounds);
  for (let number = 0; number < 1_000; number++) tasks.handOut(taskOf(`short ${number}`, 10), 'default', 'q');
  tasks.handOut(taskOf('long', 300), 'default', 'q');
  await clock.advance(9_999);
  tasks.handOut(taskOf('next', 10), 'default', 'q');
  expect(tasks.size).toBe(1_002);
  await clock.advance(1);
  tasks.handOut(taskOf('last', 10), 'default', 'q');
  expect(tasks.size).toBe(3);
  expect(tasks.of('long', namespaces)).toBeDefined();
  expect(tasks.of('short 0', namespaces)).toBeUndefined();
});

it('is forgotten when 20,000 are newer', () => {
  const tasks = new Tasks(new FakeClock(), bounds);
  for (let number = 0; number <= 20_000; number++) tasks.handOut(taskOf(`${number}`, 86_400), 'default', 'q');
  expect(tasks.size).toBe(20_000);
  expect(tasks.of('0', namespaces)).toBeUndefined();
});
