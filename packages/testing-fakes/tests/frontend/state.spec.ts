import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { FrontendCaller } from '../support/frontend-caller.ts';
import { openStage, shown, type Stage } from '../support/frontend-stage.ts';

/** The kinds of events of a workflow, without what all of them begin with. */
async function eventsOf(stage: Stage, workflowId = 'one'): Promise<string[]> {
  return (await stage.history(workflowId))
    .slice(2)
    .map(({ eventType }) => eventType.replace('EVENT_TYPE_', ''));
}

describe('a workflow task', () => {
  it('that is not completed within its time is there again, until its attempt succeeds', async () => {
    await using stage = await openStage();
    await stage.start();
    const { attempt } = await stage.pollWorkflow();
    await stage.clock.advance(9_999);
    expect(await eventsOf(stage)).toEqual(['WORKFLOW_TASK_STARTED']);
    await stage.clock.advance(1);
    const again = await stage.pollWorkflow();
    expect([attempt, again.attempt]).toEqual([1, 2]);
    await stage.complete(again);
    expect(await eventsOf(stage)).toEqual([
      'WORKFLOW_TASK_STARTED',
      'WORKFLOW_TASK_TIMED_OUT',
      'WORKFLOW_TASK_SCHEDULED',
      'WORKFLOW_TASK_STARTED',
      'WORKFLOW_TASK_COMPLETED',
    ]);
  });

  it('that is late is rejected, and the one in its place is not', async () => {
    await using stage = await openStage();
    await stage.start();
    const late = await stage.pollWorkflow();
    await stage.clock.advance(10_000);
    const present = await stage.pollWorkflow();
    expect(await stage.complete(late)).toMatchObject({
      code: status.NOT_FOUND,
      details: 'Workflow task not found.',
    });
    expect((await stage.call('respondWorkflowTaskFailed', late)).code).toBe(status.NOT_FOUND);
    expect((await stage.complete(present)).code).toBe(status.OK);
  });

  it('comes no more after the end of its workflow, even when it is asked for', async () => {
    await using stage = await openStage();
    await stage.start();
    const commands = [{ completeWorkflowExecutionCommandAttributes: {} }];
    for (const more of [{}, { commands }]) {
      const { taskToken } = await stage.pollWorkflow();
      const request = { taskToken, forceCreateNewWorkflowTask: true, ...more };
      await stage.call('respondWorkflowTaskCompleted', request);
    }
    expect((await eventsOf(stage)).at(-1)).toBe('WORKFLOW_EXECUTION_COMPLETED');
    expect(stage.clock.pendingTimers).toBe(0);
  });
});

describe('an activity', () => {
  const scheduling = { activityId: '1', activityType: { name: 'a' }, taskQueue: { name: 'q' } };
  const seconds = (count: number): { readonly seconds: number } => ({ seconds: count });

  async function schedule(stage: Stage, more: object): Promise<void> {
    await stage.start();
    const command = { scheduleActivityTaskCommandAttributes: { ...scheduling, ...more } };
    await stage.complete(await stage.pollWorkflow(), [command]);
  }

  it('is tried again after waits that double, up to their maximum', async () => {
    await using stage = await openStage();
    const retryPolicy = { initialInterval: seconds(1), maximumInterval: seconds(3) };
    await schedule(stage, { startToCloseTimeout: seconds(60), retryPolicy });
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt++) {
      const began = stage.clock.monotonicNow();
      const polling = stage.pollActivity();
      while (!(await stage.isSettled(polling))) await stage.clock.advance(500);
      waits.push(stage.clock.monotonicNow() - began);
      const { taskToken, attempt: told } = await polling;
      expect(told).toBe(attempt);
      await stage.call('respondActivityTaskFailed', { taskToken, failure: { message: 'no' } });
    }
    expect(waits).toEqual([0, 1_000, 2_000, 3_000]);
  });

  it('whose attempt takes too long is tried again, and the late result is rejected', async () => {
    await using stage = await openStage();
    await schedule(stage, { startToCloseTimeout: seconds(5) });
    const { taskToken } = await stage.pollActivity();
    await stage.clock.advance(5_000);
    await stage.clock.advance(1_000);
    expect((await stage.pollActivity()).attempt).toBe(2);
    expect(await stage.call('respondActivityTaskCompleted', { taskToken })).toMatchObject({
      code: status.NOT_FOUND,
      details: 'invalid activityID or activity already timed out or invoking workflow is completed',
    });
  });

  it('with heartbeats goes on as long as they come', async () => {
    await using stage = await openStage();
    const retryPolicy = { maximumAttempts: 1 };
    await schedule(stage, { startToCloseTimeout: seconds(60), heartbeatTimeout: seconds(2), retryPolicy });
    const { taskToken } = await stage.pollActivity();
    for (let beat = 0; beat < 3; beat++) {
      await stage.clock.advance(1_999);
      expect((await stage.call('recordActivityTaskHeartbeat', { taskToken })).code).toBe(status.OK);
    }
    await stage.clock.advance(2_000);
    expect((await eventsOf(stage)).at(-2)).toBe('ACTIVITY_TASK_TIMED_OUT');
  });

  it('without a time-out for an attempt has that of all attempts, and keeps its last heartbeat', async () => {
    await using stage = await openStage();
    await schedule(stage, { scheduleToCloseTimeout: seconds(5) });
    const { taskToken } = await stage.pollActivity();
    const details = { payloads: [{ data: Buffer.from('half') }] };
    await stage.call('recordActivityTaskHeartbeat', { taskToken, details });
    await stage.call('respondActivityTaskFailed', { taskToken, failure: { message: 'no' } });
    await stage.clock.advance(1_000);
    expect(await stage.pollActivity()).toMatchObject({ attempt: 2, heartbeatDetails: details });
    await stage.clock.advance(5_000);
    expect((await eventsOf(stage)).at(-2)).toBe('ACTIVITY_TASK_TIMED_OUT');
  });

  it('that ends meanwhile has the workflow asked again, which cannot end before it has looked', async () => {
    await using stage = await openStage();
    await stage.start();
    const commands = ['1', '2'].map((activityId) => ({
      scheduleActivityTaskCommandAttributes: { ...scheduling, activityId, startToCloseTimeout: seconds(60) },
    }));
    await stage.complete(await stage.pollWorkflow(), commands);
    const end = async (): Promise<void> => {
      const { taskToken } = await stage.pollActivity();
      await stage.call('respondActivityTaskCompleted', { taskToken });
    };
    await end();
    const first = await stage.pollWorkflow();
    await end();
    expect(await stage.complete(first, [{ completeWorkflowExecutionCommandAttributes: {} }])).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'UnhandledCommand',
    });
    const next = await stage.pollWorkflow();
    expect(next).toMatchObject({ attempt: 1, previousStartedEventId: 3 });
    await stage.complete(next, [{ completeWorkflowExecutionCommandAttributes: {} }]);
    expect((await eventsOf(stage)).slice(-6)).toEqual([
      ...['ACTIVITY_TASK_STARTED', 'ACTIVITY_TASK_COMPLETED'],
      ...['WORKFLOW_TASK_SCHEDULED', 'WORKFLOW_TASK_STARTED', 'WORKFLOW_TASK_COMPLETED'],
      'WORKFLOW_EXECUTION_COMPLETED',
    ]);
  });
});

describe('a timer', () => {
  const timerId = '1';

  async function startTimer(stage: Stage, seconds: number): Promise<void> {
    await stage.start();
    await stage.complete(await stage.pollWorkflow(), [
      { startTimerCommandAttributes: { timerId, startToFireTimeout: { seconds } } },
    ]);
  }

  it('fires when its time has passed, also after more than 25 days, and the workflow is asked again', async () => {
    await using stage = await openStage();
    await startTimer(stage, 30 * 86_400);
    await stage.frontend.idle();
    await stage.clock.advance(30 * 86_400_000 - 1);
    expect((await eventsOf(stage)).at(-1)).toBe('TIMER_STARTED');
    await stage.clock.advance(1);
    await stage.end();
    expect((await eventsOf(stage)).slice(2)).toEqual([
      ...['TIMER_STARTED', 'TIMER_FIRED', 'WORKFLOW_TASK_SCHEDULED', 'WORKFLOW_TASK_STARTED'],
      ...['WORKFLOW_TASK_COMPLETED', 'WORKFLOW_EXECUTION_COMPLETED'],
    ]);
  });

  it('that is canceled does not fire, not even where its time passed while the workflow decided that', async () => {
    await using stage = await openStage();
    await startTimer(stage, 5);
    await stage.call('signalWorkflowExecution', {
      workflowExecution: { workflowId: 'one' },
      signalName: 's',
    });
    const task = await stage.pollWorkflow();
    await stage.clock.advance(5_000);
    await stage.complete(task, [{ cancelTimerCommandAttributes: { timerId } }]);
    const events = await eventsOf(stage);
    expect(events.filter((event) => event.startsWith('TIMER'))).toEqual(['TIMER_STARTED', 'TIMER_CANCELED']);
    await stage.end();
    expect(stage.clock.pendingTimers).toBe(0);
  });
});

describe('a signal', () => {
  const signal = { workflowExecution: { workflowId: 'one' }, signalName: 's', requestId: 'a' };

  it('is written once for each request, and the workflow is asked again', async () => {
    await using stage = await openStage();
    await stage.start();
    await stage.complete(await stage.pollWorkflow());
    for (const requestId of ['a', 'a', 'b'])
      await stage.call('signalWorkflowExecution', { ...signal, requestId });
    await stage.end();
    expect((await eventsOf(stage)).slice(2, 5)).toEqual([
      ...['WORKFLOW_EXECUTION_SIGNALED', 'WORKFLOW_TASK_SCHEDULED', 'WORKFLOW_EXECUTION_SIGNALED'],
    ]);
  });

  it('to a workflow that has ended is rejected, as by Temporal', async () => {
    await using stage = await openStage();
    await stage.start();
    await stage.end();
    expect(await stage.call('signalWorkflowExecution', signal)).toMatchObject({
      code: status.NOT_FOUND,
      details: 'workflow execution already completed',
    });
  });
});

it('ends a workflow that needs what the fake does not have, with what to use', async () => {
  await using stage = await openStage();
  await stage.start();
  const commands = [
    { startTimerCommandAttributes: { timerId: '1', startToFireTimeout: { seconds: 5 } } },
    { startChildWorkflowExecutionCommandAttributes: { workflowId: 'child' } },
  ];
  expect((await stage.complete(await stage.pollWorkflow(), commands)).code).toBe(status.OK);
  const events = await stage.history('one');
  expect(events.at(-1)).toMatchObject({
    eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED',
    workflowExecutionFailedEventAttributes: {
      failure: {
        message:
          'FakeTemporalFrontend does not have the command startChildWorkflowExecution. Use a Temporal server for it, such as TestWorkflowEnvironment.createLocal() of @temporalio/testing',
        serverFailureInfo: { nonRetryable: true },
      },
    },
  });
  expect(stage.clock.pendingTimers).toBe(0);
});

describe('a call', () => {
  it('with the token of nobody, of another kind or of another frontend is rejected', async () => {
    await using stage = await openStage();
    await using other = await openStage();
    await stage.start();
    const { taskToken } = await stage.pollWorkflow();
    const noTask = { code: status.NOT_FOUND, details: 'Workflow task not found.' };
    const noActivity = {
      code: status.NOT_FOUND,
      details: 'invalid activityID or activity already timed out or invoking workflow is completed',
    };
    expect(await stage.call('respondActivityTaskCompleted', {})).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'Invalid TaskToken.',
    });
    expect(await stage.call('respondActivityTaskCompleted', { taskToken })).toMatchObject(noActivity);
    expect(await other.call('respondActivityTaskFailed', { taskToken })).toMatchObject(noActivity);
    expect(await other.call('respondWorkflowTaskFailed', { taskToken })).toMatchObject(noTask);
  });

  it('describes a workflow', async () => {
    await using stage = await openStage();
    await stage.start();
    await stage.clock.advance(5);
    await stage.end();
    expect(shown(await stage.describe())).toBe(
      '{executionConfig:{taskQueue:{name:q},defaultWorkflowTaskTimeout:10000 ms},workflowExecutionInfo:{execution:{workflowId:one,runId:R},type:{name:w},startTime:+0 ms,closeTime:+5 ms,status:WORKFLOW_EXECUTION_STATUS_COMPLETED,historyLength:5,executionTime:+0 ms,memo:{},searchAttributes:{},taskQueue:q,rootExecution:{workflowId:one,runId:R},firstRunId:R}}',
    );
  });

  it('is about the cluster and its namespaces', async () => {
    await using stage = await openStage();
    const described = (await stage.call('describeNamespace', {})).answer;
    const { id } = described['namespaceInfo'] as { readonly id: string };
    expect((await stage.call('describeNamespace', { namespace: '', id })).answer).toEqual(described);
    expect((await stage.call('listNamespaces', {})).answer).toMatchObject({ namespaces: [{}, described] });
    const capabilities = { workerHeartbeats: true, workerPollCompleteOnShutdown: true };
    expect(described).toMatchObject({ namespaceInfo: { name: 'default', capabilities } });
    expect((await stage.call('getClusterInfo', {})).answer).toMatchObject({ serverVersion: '1.32.0' });
  });
});

it('goes on after a restart with what was there', async () => {
  await using stage = await openStage();
  await stage.start();
  await stage.frontend.restart();
  // The old connection may not know of its end yet.
  using caller = new FrontendCaller(stage.frontend.address, 'good');
  const { answer } = await caller.call('pollWorkflowTaskQueue', {
    namespace: 'default',
    taskQueue: { name: 'q' },
  });
  expect(answer['attempt']).toBe(1);
});
