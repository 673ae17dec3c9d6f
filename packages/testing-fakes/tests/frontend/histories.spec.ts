import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { openStage, shown, type Stage } from '../support/frontend-stage.ts';

const seconds = (count: number): { readonly seconds: number } => ({ seconds: count });
const payload = (text: string): object => ({ payloads: [{ data: Buffer.from(text) }] });
const taskQueue = { name: 'q' };
const activity = {
  activityId: '1',
  activityType: { name: 'a' },
  scheduleToCloseTimeout: seconds(60),
  heartbeatTimeout: seconds(9),
  retryPolicy: { maximumAttempts: 2 },
};
const once = { maximumAttempts: 1 };
const schedule = { scheduleActivityTaskCommandAttributes: activity };

/** What a poller of activities gets, all of it. */
async function pollAs(stage: Stage, identity: string): Promise<{ readonly taskToken: Uint8Array }> {
  const { answer } = await stage.call('pollActivityTaskQueue', { taskQueue, identity });
  return answer as unknown as { readonly taskToken: Uint8Array };
}

async function decide(stage: Stage, ...commands: readonly object[]): Promise<void> {
  expect((await stage.complete(await stage.pollWorkflow(), commands)).code).toBe(status.OK);
}

describe('the history of a workflow', () => {
  it('has each event with what Temporal writes in it', async () => {
    await using stage = await openStage();
    await stage.start();
    await decide(stage, schedule, {
      startTimerCommandAttributes: { timerId: 't', startToFireTimeout: seconds(30) },
    });
    const { taskToken } = await pollAs(stage, 'first');
    await stage.clock.advance(100);
    const failed = { taskToken, failure: { message: 'no' }, identity: 'first' };
    await stage.call('respondActivityTaskFailed', failed);
    await stage.clock.advance(1_000);
    const second = await pollAs(stage, 'second');
    const result = { taskToken: second.taskToken, result: payload('1'), identity: 'second' };
    await stage.call('respondActivityTaskCompleted', result);
    await decide(
      stage,
      { cancelTimerCommandAttributes: { timerId: 't' } },
      { recordMarkerCommandAttributes: { markerName: 'm' } },
      { upsertWorkflowSearchAttributesCommandAttributes: {} },
      { completeWorkflowExecutionCommandAttributes: { result: payload('2') } },
    );
    expect(await stage.events()).toEqual([
      '1 +0 ms WORKFLOW_EXECUTION_STARTED {workflowType:{name:w},taskQueue:{name:q},workflowExecutionTimeout:{},workflowRunTimeout:{},workflowTaskTimeout:10000 ms,originalExecutionRunId:R,firstExecutionRunId:R,attempt:1,firstWorkflowTaskBackoff:{},workflowId:one}',
      '2 +0 ms WORKFLOW_TASK_SCHEDULED {taskQueue:{name:q},startToCloseTimeout:10000 ms,attempt:1}',
      '3 +0 ms WORKFLOW_TASK_STARTED {scheduledEventId:2}',
      '4 +0 ms WORKFLOW_TASK_COMPLETED {scheduledEventId:2,startedEventId:3}',
      '5 +0 ms ACTIVITY_TASK_SCHEDULED {activityId:1,activityType:{name:a},taskQueue:{name:q},scheduleToCloseTimeout:60000 ms,scheduleToStartTimeout:60000 ms,startToCloseTimeout:60000 ms,heartbeatTimeout:9000 ms,workflowTaskCompletedEventId:4,retryPolicy:{initialInterval:1000 ms,backoffCoefficient:2,maximumInterval:100000 ms,maximumAttempts:2}}',
      '6 +0 ms TIMER_STARTED {timerId:t,startToFireTimeout:30000 ms,workflowTaskCompletedEventId:4}',
      '7 +1100 ms ACTIVITY_TASK_STARTED {scheduledEventId:5,identity:second,attempt:2,lastFailure:{message:no}}',
      '8 +1100 ms ACTIVITY_TASK_COMPLETED {result:{payloads:[{data:1}]},scheduledEventId:5,startedEventId:7,identity:second}',
      '9 +1100 ms WORKFLOW_TASK_SCHEDULED {taskQueue:{name:q},startToCloseTimeout:10000 ms,attempt:1}',
      '10 +1100 ms WORKFLOW_TASK_STARTED {scheduledEventId:9}',
      '11 +1100 ms WORKFLOW_TASK_COMPLETED {scheduledEventId:9,startedEventId:10}',
      '12 +1100 ms TIMER_CANCELED {timerId:t,startedEventId:6,workflowTaskCompletedEventId:11}',
      '13 +1100 ms MARKER_RECORDED {markerName:m,workflowTaskCompletedEventId:11}',
      '14 +1100 ms UPSERT_WORKFLOW_SEARCH_ATTRIBUTES {workflowTaskCompletedEventId:11}',
      '15 +1100 ms WORKFLOW_EXECUTION_COMPLETED {result:{payloads:[{data:2}]},workflowTaskCompletedEventId:11}',
    ]);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it.each([
    [
      'fails',
      { failWorkflowExecutionCommandAttributes: { failure: { message: 'no' } } },
      '5 +0 ms WORKFLOW_EXECUTION_FAILED {failure:{message:no},retryState:RETRY_STATE_RETRY_POLICY_NOT_SET,workflowTaskCompletedEventId:4}',
    ],
    [
      'fails without a reason',
      { failWorkflowExecutionCommandAttributes: {} },
      '5 +0 ms WORKFLOW_EXECUTION_FAILED {failure:{},retryState:RETRY_STATE_RETRY_POLICY_NOT_SET,workflowTaskCompletedEventId:4}',
    ],
    [
      'is cancelled',
      { cancelWorkflowExecutionCommandAttributes: { details: payload('d') } },
      '5 +0 ms WORKFLOW_EXECUTION_CANCELED {workflowTaskCompletedEventId:4,details:{payloads:[{data:d}]}}',
    ],
    [
      'is done',
      { completeWorkflowExecutionCommandAttributes: { result: payload('r') } },
      '5 +0 ms WORKFLOW_EXECUTION_COMPLETED {result:{payloads:[{data:r}]},workflowTaskCompletedEventId:4}',
    ],
  ])('that %s ends with that', async (_what, command, expected) => {
    await using stage = await openStage();
    await stage.start();
    await decide(stage, command);
    expect((await stage.events()).at(-1)).toBe(expected);
    const [, state = ''] = /EXECUTION_(\w+)/.exec(expected) ?? [];
    expect(shown(await stage.describe())).toContain(`status:WORKFLOW_EXECUTION_STATUS_${state},`);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('has what clients do to it', async () => {
    await using stage = await openStage();
    await stage.start();
    const workflowExecution = { workflowId: 'one' };
    await decide(stage);
    await stage.signal();
    for (const reason of ['first', 'second']) {
      await stage.call('requestCancelWorkflowExecution', { workflowExecution, reason, identity: 'c' });
    }
    await stage.call('terminateWorkflowExecution', { workflowExecution, identity: 'c' });
    expect((await stage.events()).slice(4)).toEqual([
      '5 +0 ms WORKFLOW_EXECUTION_SIGNALED {signalName:s}',
      '6 +0 ms WORKFLOW_TASK_SCHEDULED {taskQueue:{name:q},startToCloseTimeout:10000 ms,attempt:1}',
      '7 +0 ms WORKFLOW_EXECUTION_CANCEL_REQUESTED {cause:first,identity:c}',
      '8 +0 ms WORKFLOW_EXECUTION_TERMINATED {reason:terminated by user via frontend,identity:c}',
    ]);
    const again = { workflowExecution, reason: 'r' };
    expect(await stage.call('terminateWorkflowExecution', again)).toMatchObject({
      code: status.NOT_FOUND,
      details: 'workflow execution already completed',
    });
    expect((await stage.signal()).code).toBe(status.NOT_FOUND);
    expect((await stage.call('requestCancelWorkflowExecution', again)).code).toBe(status.OK);
  });

  it('ends with its run: a cancellation that comes later is not in it', async () => {
    await using stage = await openStage();
    await stage.start();
    await decide(stage, { completeWorkflowExecutionCommandAttributes: {} });
    const before = await stage.events();
    const workflowExecution = { workflowId: 'one' };
    expect((await stage.call('requestCancelWorkflowExecution', { workflowExecution })).code).toBe(status.OK);
    expect(await stage.events()).toEqual(before);
  });

  it('has each of several timers, of which one is cancelled', async () => {
    await using stage = await openStage();
    await stage.start();
    const timer = (timerId: string): object => ({
      startTimerCommandAttributes: { timerId, startToFireTimeout: seconds(9) },
    });
    await decide(stage, timer('a'), timer('b'), timer('c'), {
      cancelTimerCommandAttributes: { timerId: 'b' },
    });
    await stage.clock.advance(9_000);
    expect((await stage.events()).filter((event) => /TIMER_(FIRED|CANCELED)/.test(event))).toEqual([
      '8 +0 ms TIMER_CANCELED {timerId:b,startedEventId:6,workflowTaskCompletedEventId:4}',
      '9 +9000 ms TIMER_FIRED {timerId:a,startedEventId:5}',
      '11 +9000 ms TIMER_FIRED {timerId:c,startedEventId:7}',
    ]);
  });

  it('has the reason and the details of a termination', async () => {
    await using stage = await openStage();
    await stage.start();
    const workflowExecution = { workflowId: 'one' };
    const request = { workflowExecution, reason: 'r', details: payload('d') };
    await stage.call('terminateWorkflowExecution', request);
    expect((await stage.events()).slice(2)).toEqual([
      '3 +0 ms WORKFLOW_EXECUTION_TERMINATED {reason:r,details:{payloads:[{data:d}]}}',
    ]);
  });

  it.each([
    [{ workflowRunTimeout: seconds(5) }, 'RETRY_STATE_RETRY_POLICY_NOT_SET'],
    [{ workflowExecutionTimeout: seconds(5) }, 'RETRY_STATE_TIMEOUT'],
    [{ workflowExecutionTimeout: seconds(5), workflowRunTimeout: seconds(5) }, 'RETRY_STATE_TIMEOUT'],
    [
      { workflowExecutionTimeout: seconds(9), workflowRunTimeout: seconds(5) },
      'RETRY_STATE_RETRY_POLICY_NOT_SET',
    ],
  ])('ends when its time is over: %j', async (times, expected) => {
    await using stage = await openStage();
    await stage.start(times);
    await stage.clock.advance(4_999);
    expect(shown(await stage.describe())).toContain('RUNNING');
    await stage.clock.advance(1);
    expect((await stage.events()).at(-1)).toBe(
      `3 +5000 ms WORKFLOW_EXECUTION_TIMED_OUT {retryState:${expected}}`,
    );
    expect(shown(await stage.describe())).toContain('TIMED_OUT');
  });

  it('begins with what its start says', async () => {
    await using stage = await openStage();
    await stage.start({
      input: payload('in'),
      workflowTaskTimeout: seconds(3),
      identity: 'c',
      memo: { fields: { m: { data: Buffer.from('1') } } },
      searchAttributes: { indexedFields: { s: { data: Buffer.from('2') } } },
      header: { fields: { h: { data: Buffer.from('3') } } },
      priority: { priorityKey: 4 },
    });
    expect((await stage.events())[0]).toBe(
      '1 +0 ms WORKFLOW_EXECUTION_STARTED {workflowType:{name:w},taskQueue:{name:q},input:{payloads:[{data:in}]},workflowExecutionTimeout:{},workflowRunTimeout:{},workflowTaskTimeout:3000 ms,originalExecutionRunId:R,identity:c,firstExecutionRunId:R,attempt:1,firstWorkflowTaskBackoff:{},memo:{fields:{m:{data:1}}},searchAttributes:{indexedFields:{s:{data:2}}},header:{fields:{h:{data:3}}},workflowId:one,priority:{priorityKey:4}}',
    );
  });
});

describe('an activity', () => {
  it('that nobody takes times out', async () => {
    await using stage = await openStage();
    await stage.start();
    await decide(stage, schedule);
    await stage.clock.advance(60_000);
    expect((await stage.events())[5]).toBe(
      '6 +60000 ms ACTIVITY_TASK_TIMED_OUT {failure:{message:Not enough time to schedule next retry before activity ScheduleToClose timeout, giving up retrying,source:Server,timeoutFailureInfo:{timeoutType:TIMEOUT_TYPE_SCHEDULE_TO_CLOSE}},scheduledEventId:5,retryState:RETRY_STATE_TIMEOUT}',
    );
  });

  it('whose heartbeats stay away times out, with the last of them', async () => {
    await using stage = await openStage();
    await stage.start();
    await decide(stage, { scheduleActivityTaskCommandAttributes: { ...activity, retryPolicy: once } });
    const { taskToken } = await pollAs(stage, 'w');
    await stage.call('recordActivityTaskHeartbeat', { taskToken, details: payload('half') });
    await stage.clock.advance(9_000);
    expect((await stage.events()).slice(5, 7)).toEqual([
      '6 +9000 ms ACTIVITY_TASK_STARTED {scheduledEventId:5,identity:w,attempt:1}',
      '7 +9000 ms ACTIVITY_TASK_TIMED_OUT {failure:{message:activity Heartbeat timeout,source:Server,timeoutFailureInfo:{timeoutType:TIMEOUT_TYPE_HEARTBEAT,lastHeartbeatDetails:{payloads:[{data:half}]}}},scheduledEventId:5,startedEventId:6,retryState:RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED}',
    ]);
  });

  it('is not cancelled unless that is asked for', async () => {
    await using stage = await openStage();
    await stage.start();
    await decide(stage, schedule);
    const { taskToken } = await pollAs(stage, 'w');
    expect(await stage.call('respondActivityTaskCanceled', { taskToken })).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'unable to cancel activity: its cancellation was not requested',
    });
    await stage.signal();
    await decide(stage, { requestCancelActivityTaskCommandAttributes: { scheduledEventId: 5 } });
    const request = { taskToken, details: payload('d'), identity: 'w' };
    expect((await stage.call('respondActivityTaskCanceled', request)).code).toBe(status.OK);
    expect((await stage.events()).slice(-4)).toEqual([
      '10 +0 ms ACTIVITY_TASK_CANCEL_REQUESTED {scheduledEventId:5,workflowTaskCompletedEventId:9}',
      '11 +0 ms ACTIVITY_TASK_STARTED {scheduledEventId:5,identity:w,attempt:1}',
      '12 +0 ms ACTIVITY_TASK_CANCELED {details:{payloads:[{data:d}]},latestCancelRequestedEventId:10,scheduledEventId:5,startedEventId:11,identity:w}',
      '13 +0 ms WORKFLOW_TASK_SCHEDULED {taskQueue:{name:q},startToCloseTimeout:10000 ms,attempt:1}',
    ]);
    expect((await stage.call('respondActivityTaskCanceled', request)).code).toBe(status.NOT_FOUND);
  });

  it('fails for good after its last attempt', async () => {
    await using stage = await openStage();
    await stage.start();
    await decide(stage, { scheduleActivityTaskCommandAttributes: { ...activity, retryPolicy: once } });
    const { taskToken } = await pollAs(stage, 'w');
    await stage.call('respondActivityTaskFailed', { taskToken, failure: { message: 'no' }, identity: 'w' });
    expect((await stage.events()).slice(5, 7)).toEqual([
      '6 +0 ms ACTIVITY_TASK_STARTED {scheduledEventId:5,identity:w,attempt:1}',
      '7 +0 ms ACTIVITY_TASK_FAILED {failure:{message:no},scheduledEventId:5,startedEventId:6,identity:w,retryState:RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED}',
    ]);
    expect(await stage.describe()).not.toHaveProperty('pendingActivities');
  });
});
