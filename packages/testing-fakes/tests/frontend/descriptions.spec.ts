import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { openStage, shown, type Stage } from '../support/frontend-stage.ts';

const seconds = (count: number): { readonly seconds: number } => ({ seconds: count });
const payload = (text: string): object => ({ payloads: [{ data: Buffer.from(text) }] });
const taskQueue = { name: 'q' };

async function schedule(stage: Stage): Promise<void> {
  await stage.start();
  const scheduling = {
    activityId: '1',
    activityType: { name: 'a' },
    taskQueue,
    startToCloseTimeout: seconds(60),
    heartbeatTimeout: seconds(9),
    retryPolicy: { maximumAttempts: 3 },
    input: payload('in'),
    header: { fields: { h: { data: Buffer.from('3') } } },
  };
  await stage.complete(await stage.pollWorkflow(), [{ scheduleActivityTaskCommandAttributes: scheduling }]);
}

/** What a poller of activities gets, all of it. */
async function pollAs(stage: Stage, identity: string): Promise<Record<string, unknown>> {
  return (await stage.call('pollActivityTaskQueue', { taskQueue, identity })).answer;
}

async function pendingOf(stage: Stage): Promise<string> {
  return shown((await stage.describe())['pendingActivities']);
}

describe('the task of a poller', () => {
  it('of workflows has the run and its whole history', async () => {
    await using stage = await openStage();
    await stage.start();
    await stage.clock.advance(70);
    const request = { taskQueue, identity: 'w' };
    const { history, ...first } = (await stage.call('pollWorkflowTaskQueue', request)).answer;
    expect(shown(first)).toBe(
      '{taskToken:T,workflowExecution:{workflowId:one,runId:R},workflowType:{name:w},startedEventId:3,attempt:1,workflowExecutionTaskQueue:{name:q},scheduledTime:+0 ms,startedTime:+70 ms}',
    );
    expect((history as { readonly events: readonly unknown[] }).events).toHaveLength(3);
    await stage.call('respondWorkflowTaskCompleted', {
      ...{ taskToken: first['taskToken'], forceCreateNewWorkflowTask: true },
    });
    const next = (await stage.call('pollWorkflowTaskQueue', request)).answer;
    expect(next).toMatchObject({ previousStartedEventId: 3, startedEventId: 6, attempt: 1 });
    expect((next['history'] as { readonly events: readonly unknown[] }).events).toHaveLength(6);
    await stage.call('respondWorkflowTaskFailed', { taskToken: next['taskToken'] });
    const again = (await stage.call('pollWorkflowTaskQueue', request)).answer;
    expect(again).toMatchObject({ previousStartedEventId: 3, startedEventId: 9, attempt: 2 });
    expect((again['history'] as { readonly events: readonly unknown[] }).events.slice(-2)).toMatchObject([
      { eventId: 8, eventType: 'EVENT_TYPE_WORKFLOW_TASK_SCHEDULED' },
      { eventId: 9, eventType: 'EVENT_TYPE_WORKFLOW_TASK_STARTED' },
    ]);
  });

  it('of activities has what the workflow wants, at each attempt', async () => {
    await using stage = await openStage();
    await schedule(stage);
    await stage.clock.advance(70);
    const first = await pollAs(stage, 'w');
    expect(shown(first)).toBe(
      '{taskToken:T,workflowNamespace:default,workflowType:{name:w},workflowExecution:{workflowId:one,runId:R},activityType:{name:a},activityId:1,header:{fields:{h:{data:3}}},input:{payloads:[{data:in}]},scheduledTime:+0 ms,currentAttemptScheduledTime:+0 ms,startedTime:+70 ms,attempt:1,scheduleToCloseTimeout:{},startToCloseTimeout:60000 ms,heartbeatTimeout:9000 ms,retryPolicy:{initialInterval:1000 ms,backoffCoefficient:2,maximumInterval:100000 ms,maximumAttempts:3}}',
    );
    const { taskToken } = first;
    await stage.call('respondActivityTaskFailed', {
      taskToken,
      failure: { message: 'no' },
      lastHeartbeatDetails: payload('half'),
    });
    await stage.clock.advance(1_000);
    await stage.clock.advance(5);
    expect(await pollAs(stage, 'w').then(shown)).toBe(
      '{taskToken:T,workflowNamespace:default,workflowType:{name:w},workflowExecution:{workflowId:one,runId:R},activityType:{name:a},activityId:1,header:{fields:{h:{data:3}}},input:{payloads:[{data:in}]},heartbeatDetails:{payloads:[{data:half}]},scheduledTime:+0 ms,currentAttemptScheduledTime:+1070 ms,startedTime:+1075 ms,attempt:2,scheduleToCloseTimeout:{},startToCloseTimeout:60000 ms,heartbeatTimeout:9000 ms,retryPolicy:{initialInterval:1000 ms,backoffCoefficient:2,maximumInterval:100000 ms,maximumAttempts:3}}',
    );
  });
});

describe('the description of a workflow', () => {
  it('has its activities that have not ended', async () => {
    await using stage = await openStage();
    await schedule(stage);
    expect(await pendingOf(stage)).toBe(
      '[{activityId:1,activityType:{name:a},state:PENDING_ACTIVITY_STATE_SCHEDULED,attempt:1,maximumAttempts:3,scheduledTime:+0 ms}]',
    );
    await stage.clock.advance(10);
    const { taskToken } = await pollAs(stage, 'w');
    expect(await pendingOf(stage)).toBe(
      '[{activityId:1,activityType:{name:a},state:PENDING_ACTIVITY_STATE_STARTED,lastStartedTime:+10 ms,attempt:1,maximumAttempts:3,scheduledTime:+0 ms,lastWorkerIdentity:w}]',
    );
    await stage.clock.advance(10);
    await stage.call('recordActivityTaskHeartbeat', { taskToken, details: payload('half') });
    await stage.call('respondActivityTaskFailed', { taskToken, failure: { message: 'no' } });
    expect(await pendingOf(stage)).toBe(
      '[{activityId:1,activityType:{name:a},state:PENDING_ACTIVITY_STATE_SCHEDULED,heartbeatDetails:{payloads:[{data:half}]},lastHeartbeatTime:+20 ms,attempt:2,maximumAttempts:3,scheduledTime:+1020 ms,lastFailure:{message:no}}]',
    );
  });

  it('says what it is, and when it ended', async () => {
    await using stage = await openStage();
    await stage.start({
      memo: { fields: { m: { data: Buffer.from('1') } } },
      searchAttributes: { indexedFields: { s: { data: Buffer.from('2') } } },
    });
    await stage.clock.advance(5);
    await stage.end();
    expect(shown(await stage.describe())).toBe(
      '{executionConfig:{taskQueue:{name:q},defaultWorkflowTaskTimeout:10000 ms},workflowExecutionInfo:{execution:{workflowId:one,runId:R},type:{name:w},startTime:+0 ms,closeTime:+5 ms,status:WORKFLOW_EXECUTION_STATUS_COMPLETED,historyLength:5,executionTime:+0 ms,memo:{fields:{m:{data:1}}},searchAttributes:{indexedFields:{s:{data:2}}},taskQueue:q,rootExecution:{workflowId:one,runId:R},firstRunId:R}}',
    );
  });
});

describe('a call about something that is not there', () => {
  it.each([
    ['describeWorkflowExecution', { execution: { workflowId: 'none' } }, 'workflow not found for ID: none'],
    [
      'describeWorkflowExecution',
      { execution: { workflowId: 'one', runId: 'none' } },
      'workflow not found for ID: one',
    ],
  ] as const)('%s of %j is NOT_FOUND', async (method, request, details) => {
    await using stage = await openStage();
    await stage.start();
    expect(await stage.call(method, request)).toMatchObject({ code: status.NOT_FOUND, details });
  });

  it.each([
    ['respondWorkflowTaskCompleted', 'Invalid TaskToken.'],
    ['respondWorkflowTaskFailed', 'Invalid TaskToken.'],
    ['respondActivityTaskCompleted', 'Invalid TaskToken.'],
  ] as const)('%s with a token of nobody is rejected', async (method, details) => {
    await using stage = await openStage();
    expect(await stage.call(method, {})).toMatchObject({ code: status.INVALID_ARGUMENT, details });
  });

  it('with the token of another kind, or of a run of before, is rejected', async () => {
    await using stage = await openStage();
    await stage.start();
    const { taskToken } = await stage.pollWorkflow();
    expect(await stage.call('respondActivityTaskCompleted', { taskToken })).toMatchObject({
      code: status.NOT_FOUND,
      details: 'invalid activityID or activity already timed out or invoking workflow is completed',
    });
    await using other = await openStage();
    for (const [method, details] of [
      ['respondWorkflowTaskCompleted', 'Workflow task not found.'],
      ['respondWorkflowTaskFailed', 'Workflow task not found.'],
      [
        'respondActivityTaskFailed',
        'invalid activityID or activity already timed out or invoking workflow is completed',
      ],
    ] as const) {
      expect(await other.call(method, { taskToken })).toMatchObject({ code: status.NOT_FOUND, details });
    }
  });

  it.each([
    [
      'startWorkflowExecution',
      { workflowType: { name: 'w' }, taskQueue },
      'WorkflowId is not set on request.',
    ],
    ['startWorkflowExecution', { workflowId: 'x', taskQueue }, 'WorkflowType is not set on request.'],
    ['startWorkflowExecution', { workflowId: 'x', workflowType: { name: 'w' } }, 'taskQueue is not set'],
    ['pollActivityTaskQueue', {}, 'taskQueue is not set'],
    ['pollWorkflowTaskQueue', { taskQueue: {} }, 'taskQueue is not set'],
    ['shutdownWorker', { namespace: '' }, 'Namespace not set on request.'],
    ['recordWorkerHeartbeat', { namespace: '' }, 'Namespace not set on request.'],
    ['describeNamespace', { namespace: '' }, 'Namespace not set on request.'],
  ] as const)('%s of %j lacks something', async (method, request, details) => {
    await using stage = await openStage();
    expect(await stage.call(method, request)).toMatchObject({ code: status.INVALID_ARGUMENT, details });
  });
});

describe('calls about the cluster', () => {
  it('have the responses of a server', async () => {
    await using stage = await openStage();
    const described = (await stage.call('describeNamespace', {})).answer;
    expect(shown(described)).toBe(
      '{namespaceInfo:{name:default,state:NAMESPACE_STATE_REGISTERED,id:37a8eec1-ce19-687d-132f-e29051dca629,capabilities:{workerHeartbeats:true,workerPollCompleteOnShutdown:true},limits:{blobSizeLimitError:2097152,memoSizeLimitError:2097152}},config:{workflowExecutionRetentionTtl:86400000 ms},replicationConfig:{activeClusterName:active,clusters:[{clusterName:active}]}}',
    );
    expect((await stage.call('listNamespaces', {})).answer).toEqual({ namespaces: [described] });
    const { id } = described['namespaceInfo'] as { readonly id: string };
    expect((await stage.call('describeNamespace', { namespace: '', id })).answer).toEqual(described);
    expect((await stage.call('describeNamespace', { namespace: '', id: 'none' })).details).toBe(
      'Namespace none is not found.',
    );
    expect(shown((await stage.call('getSystemInfo', {})).answer)).toBe(
      '{serverVersion:1.32.0,capabilities:{signalAndQueryHeader:true,internalErrorDifferentiation:true,activityFailureIncludeHeartbeat:true,encodedFailureAttributes:true,upsertMemo:true,sdkMetadata:true}}',
    );
    expect(shown((await stage.call('getClusterInfo', {})).answer)).toBe(
      '{serverVersion:1.32.0,clusterId:fake,clusterName:active,historyShardCount:1}',
    );
    expect((await stage.call('recordWorkerHeartbeat', {})).code).toBe(status.OK);
  });
});
