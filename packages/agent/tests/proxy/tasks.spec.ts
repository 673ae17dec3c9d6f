import { FakeClock } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { Tasks } from '../../src/proxy/tasks.ts';
import type { ActivityTask } from '../../src/proxy/wire.ts';

const queue = { isOfActivities: true, name: 'q', key: 'q' };
const bounds = { results: 1, bytes: 1, perQueue: 1 };

const taskOf = (taskToken: string, seconds: number): ActivityTask => ({
  ...{ taskToken, activityType: 'countRows', activityId: taskToken, workflowId: undefined },
  ...{ scheduledTimestampMs: 0, currentAttemptScheduledTimestampMs: 0, scheduleToCloseTimeoutMs: 0 },
  ...{ startToCloseTimeoutMs: seconds * 1_000, heartbeatTimeoutMs: 0, heartbeatDetails: Buffer.alloc(0) },
});

it('is forgotten with its own time-outs when it is never reported', async () => {
  const clock = new FakeClock();
  const tasks = new Tasks(clock, bounds);
  for (let number = 0; number < 1_000; number++)
    tasks.handOut(taskOf(`short ${number}`, 10), 'default', queue);
  tasks.handOut(taskOf('long', 300), 'default', queue);
  await clock.advance(9_999);
  tasks.handOut(taskOf('next', 10), 'default', queue);
  expect(tasks.size).toBe(1_002);
  await clock.advance(1);
  tasks.handOut(taskOf('last', 10), 'default', queue);
  expect(tasks.size).toBe(3);
  expect(tasks.of('long', 'default')).toBeDefined();
  expect(tasks.of('short 0', 'default')).toBeUndefined();
});

it('is forgotten when 20,000 are newer', () => {
  const tasks = new Tasks(new FakeClock(), bounds);
  for (let number = 0; number <= 20_000; number++)
    tasks.handOut(taskOf(`${number}`, 86_400), 'default', queue);
  expect(tasks.size).toBe(20_000);
  expect(tasks.of('0', 'default')).toBeUndefined();
});

it('is forgotten when heartbeats of 32 MB are newer, as they come, packed', () => {
  const tasks = new Tasks(new FakeClock(), bounds);
  const body = Buffer.alloc(1_048_576);
  for (let number = 0; number < 40; number++) tasks.handOut(taskOf(`${number}`, 86_400), 'default', queue);
  for (let number = 0; number < 40; number++) {
    const running = tasks.of(`${number}`, 'default');
    if (running === undefined) throw new Error('it was forgotten before its heartbeat');
    tasks.beat(running, { body, headers: { 'grpc-encoding': 'gzip' } });
    expect(running.heartbeat.body).toBe(body);
    expect(running.heartbeat.encoding).toBe('gzip');
  }
  expect(tasks.size).toBe(32);
  expect(tasks.of('7', 'default')).toBeUndefined();
  expect(tasks.of('8', 'default')).toBeDefined();
});
