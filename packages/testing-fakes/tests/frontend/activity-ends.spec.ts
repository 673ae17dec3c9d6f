import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../support/frontend-stage.ts';

const seconds = (count: number): { readonly seconds: number } => ({ seconds: count });

/** Starts a workflow that has scheduled one activity, as the event 5. */
async function openWith(more: object): Promise<Stage> {
  const stage = await openStage();
  await stage.start();
  const scheduling = { activityId: '1', activityType: { name: 'a' }, taskQueue: { name: 'q' }, ...more };
  await stage.complete(await stage.pollWorkflow(), [{ scheduleActivityTaskCommandAttributes: scheduling }]);
  return stage;
}

async function kindsOf(stage: Stage): Promise<readonly string[]> {
  return (await stage.history('one')).map(({ eventType }) => eventType.replace('EVENT_TYPE_', ''));
}

/** What the workflow is told of an activity that took too long. */
async function timeoutOf(stage: Stage): Promise<unknown> {
  const events = await stage.history('one');
  const event = events.find(({ eventType }) => eventType === 'EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT');
  const { activityTaskTimedOutEventAttributes: told } = event as unknown as {
    readonly activityTaskTimedOutEventAttributes: {
      readonly retryState: string;
      readonly failure: { readonly timeoutFailureInfo: { readonly timeoutType: string } };
    };
  };
  return [told.retryState, told.failure.timeoutFailureInfo.timeoutType];
}

describe('the time of an activity', () => {
  it('until it starts is no matter once it has started', async () => {
    await using stage = await openWith({
      scheduleToStartTimeout: seconds(2),
      startToCloseTimeout: seconds(60),
    });
    const { taskToken } = await stage.pollActivity();
    await stage.clock.advance(2_000);
    expect((await stage.call('respondActivityTaskCompleted', { taskToken })).code).toBe(status.OK);
  });

  it('of an attempt is over with the attempt, while the next one waits', async () => {
    await using stage = await openWith({
      startToCloseTimeout: seconds(5),
      retryPolicy: { initialInterval: seconds(10) },
    });
    const { taskToken } = await stage.pollActivity();
    await stage.call('respondActivityTaskFailed', { taskToken, failure: { message: 'no' } });
    await stage.clock.advance(10_000);
    expect((await stage.pollActivity()).attempt).toBe(2);
  });

  it('between heartbeats is over with the attempt too', async () => {
    await using stage = await openWith({
      startToCloseTimeout: seconds(60),
      heartbeatTimeout: seconds(5),
      retryPolicy: { initialInterval: seconds(10) },
    });
    const { taskToken } = await stage.pollActivity();
    await stage.call('respondActivityTaskFailed', { taskToken, failure: { message: 'no' } });
    await stage.clock.advance(10_000);
    expect((await stage.pollActivity()).attempt).toBe(2);
  });

  it('of an attempt that leaves none for another is told as the whole time', async () => {
    await using stage = await openWith({
      scheduleToCloseTimeout: seconds(5),
      startToCloseTimeout: seconds(3),
      retryPolicy: { initialInterval: seconds(10) },
    });
    await stage.pollActivity();
    await stage.clock.advance(3_000);
    expect(await timeoutOf(stage)).toEqual(['RETRY_STATE_TIMEOUT', 'TIMEOUT_TYPE_SCHEDULE_TO_CLOSE']);
  });

  it('until it starts is told as that, and ends it without another attempt', async () => {
    await using stage = await openWith({
      scheduleToStartTimeout: seconds(2),
      startToCloseTimeout: seconds(3),
    });
    await stage.clock.advance(2_000);
    expect(await timeoutOf(stage)).toEqual(['RETRY_STATE_TIMEOUT', 'TIMEOUT_TYPE_SCHEDULE_TO_START']);
  });
});

describe('an activity that fails', () => {
  it('is not tried again when its cancellation was requested', async () => {
    await using stage = await openWith({ startToCloseTimeout: seconds(60) });
    const { taskToken } = await stage.pollActivity();
    await stage.signal();
    const cancel = { requestCancelActivityTaskCommandAttributes: { scheduledEventId: 5 } };
    await stage.complete(await stage.pollWorkflow(), [cancel]);
    await stage.call('respondActivityTaskFailed', { taskToken, failure: { message: 'no' } });
    expect(await kindsOf(stage)).toContain('ACTIVITY_TASK_FAILED');
  });

  it('hands the details of its last heartbeat to its next attempt', async () => {
    await using stage = await openWith({
      startToCloseTimeout: seconds(60),
      retryPolicy: { initialInterval: seconds(1) },
    });
    const { taskToken } = await stage.pollActivity();
    const details = { payloads: [{ data: Buffer.from('"half"') }] };
    await stage.call('recordActivityTaskHeartbeat', { taskToken, details });
    await stage.call('respondActivityTaskFailed', { taskToken, failure: { message: 'no' } });
    await stage.clock.advance(1_000);
    const next = (await stage.pollActivity()) as unknown as { heartbeatDetails?: typeof details };
    expect(next.heartbeatDetails?.payloads.map(({ data }) => String(data))).toEqual(['"half"']);
  });
});
