import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../support/frontend-stage.ts';

const seconds = (count: number): { readonly seconds: number } => ({ seconds: count });
const taskQueue = { name: 'q' };

/** Schedules activities of these ids, the events 5, 6 and so on. */
async function schedule(stage: Stage, ...ids: readonly string[]): Promise<void> {
  await stage.start();
  const commands = ids.map((activityId) => ({
    scheduleActivityTaskCommandAttributes: {
      activityId,
      activityType: { name: 'a' },
      taskQueue,
      scheduleToCloseTimeout: seconds(300),
      heartbeatTimeout: seconds(9),
    },
  }));
  await stage.complete(await stage.pollWorkflow(), commands);
}

async function cancel(stage: Stage, scheduledEventId: number): Promise<void> {
  await stage.signal();
  const command = { requestCancelActivityTaskCommandAttributes: { scheduledEventId } };
  expect((await stage.complete(await stage.pollWorkflow(), [command])).code).toBe(status.OK);
}

describe('an activity that has ended', () => {
  it('leaves no timer', async () => {
    await using stage = await openStage();
    await schedule(stage, '1', '2');
    await stage.call('respondActivityTaskCompleted', await stage.pollActivity());
    await cancel(stage, 6);
    await stage.complete(await stage.pollWorkflow());
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('leaves no timer when its workflow ends, not even that of its next attempt', async () => {
    await using stage = await openStage();
    await schedule(stage, '1', '2', '3');
    const { taskToken } = await stage.pollActivity();
    await stage.call('respondActivityTaskFailed', { taskToken });
    await stage.pollActivity();
    await stage.call('terminateWorkflowExecution', { workflowExecution: { workflowId: 'one' } });
    expect(stage.clock.pendingTimers).toBe(0);
    expect(await stage.describe()).not.toHaveProperty('pendingActivities');
  });

  it('leaves no timer when it is cancelled between two attempts', async () => {
    await using stage = await openStage();
    await schedule(stage, '1');
    const { taskToken } = await stage.pollActivity();
    await stage.call('respondActivityTaskFailed', { taskToken });
    await cancel(stage, 5);
    expect((await stage.events()).at(-2)).toContain(
      'ACTIVITY_TASK_CANCELED {latestCancelRequestedEventId:10,scheduledEventId:5}',
    );
    await stage.complete(await stage.pollWorkflow());
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('is given to no poller', async () => {
    await using stage = await openStage();
    await schedule(stage, '1', '2');
    await cancel(stage, 5);
    expect(await stage.pollActivity()).toMatchObject({ activityId: '2' });
  });

  it('may be cancelled once more, which changes nothing', async () => {
    await using stage = await openStage();
    await schedule(stage, '1');
    await stage.call('respondActivityTaskCompleted', await stage.pollActivity());
    await cancel(stage, 5);
    expect((await stage.events()).at(-1)).toContain('ACTIVITY_TASK_CANCEL_REQUESTED');
  });
});

describe('an activity', () => {
  it('by its id is that one of several', async () => {
    await using stage = await openStage();
    await schedule(stage, '1', '2');
    await stage.pollActivity();
    await stage.pollActivity();
    const place = { workflowId: 'one', activityId: '2' };
    await stage.call('respondActivityTaskCompletedById', place);
    expect((await stage.events()).at(-2)).toContain('ACTIVITY_TASK_COMPLETED {scheduledEventId:6');
  });

  it('that nobody has started has no result', async () => {
    await using stage = await openStage();
    await schedule(stage, '1');
    const place = { workflowId: 'one', activityId: '1' };
    expect((await stage.call('respondActivityTaskCompletedById', place)).code).toBe(status.NOT_FOUND);
  });

  it('whose cancellation was requested fails with that', async () => {
    await using stage = await openStage();
    await schedule(stage, '1');
    const { taskToken } = await stage.pollActivity();
    await cancel(stage, 5);
    await stage.call('respondActivityTaskFailed', { taskToken });
    expect((await stage.events()).at(-2)).toContain('RETRY_STATE_CANCEL_REQUESTED');
  });
});
