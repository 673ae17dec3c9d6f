import { Metadata, status } from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/fake-clock.ts';
import { FakeTemporalFrontend } from '../../src/frontend/fake-temporal-frontend.ts';
import { BytesClient, HEALTH_CHECK } from '../support/grpc.ts';
import { FrontendCaller } from '../support/frontend-caller.ts';
import { createIssuer } from '../support/issuer.ts';

const { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } = proto.temporal.api.enums.v1;

const namespace = 'default';
const taskQueue = { name: 'q' };
const instead =
  'Use a Temporal server for it, such as TestWorkflowEnvironment.createLocal() of @temporalio/testing';

async function open(options: Parameters<typeof FakeTemporalFrontend.start>[0] = {}): Promise<{
  frontend: FakeTemporalFrontend;
  caller: FrontendCaller;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const frontend = await FakeTemporalFrontend.start(options);
  const caller = new FrontendCaller(frontend.address, 'good');
  return {
    frontend,
    caller,
    [Symbol.asyncDispose]: async () => {
      caller[Symbol.dispose]();
      await frontend.stop();
    },
  };
}

describe('the token', () => {
  it('has to be there, whichever it is', async () => {
    await using frontend = await FakeTemporalFrontend.start();
    using nobody = new FrontendCaller(frontend.address);
    using anybody = new FrontendCaller(frontend.address, 'any');
    expect(await nobody.call('describeNamespace', { namespace })).toMatchObject({
      code: status.PERMISSION_DENIED,
      details: 'Request unauthorized.',
    });
    expect((await anybody.call('describeNamespace', { namespace })).code).toBe(status.OK);
  });

  it('need not be there for GetSystemInfo and the health check, but is looked at when it is', async () => {
    await using frontend = await FakeTemporalFrontend.start({ acceptToken: ['better', 'good'] });
    using nobody = new FrontendCaller(frontend.address);
    using friend = new FrontendCaller(frontend.address, 'good');
    using stranger = new FrontendCaller(frontend.address, 'bad');
    using bytes = new BytesClient(frontend.address);
    expect((await nobody.call('getSystemInfo', {})).code).toBe(status.OK);
    expect((await friend.call('getSystemInfo', {})).code).toBe(status.OK);
    expect((await stranger.call('getSystemInfo', {})).code).toBe(status.PERMISSION_DENIED);
    expect(await bytes.unary(HEALTH_CHECK)).toMatchObject({ code: status.OK, body: Buffer.of(8, 1) });
  });

  it('is checked as Temporal does when there is a key set', async () => {
    const issuer = await createIssuer();
    await using frontend = await FakeTemporalFrontend.start({
      jwks: issuer.jwks,
      namespaces: [namespace, 'other'],
    });
    using caller = new FrontendCaller(frontend.address, await issuer.mint());
    expect((await caller.call('describeNamespace', { namespace })).code).toBe(status.OK);
    expect((await caller.call('describeNamespace', { namespace: 'other' })).code).toBe(
      status.PERMISSION_DENIED,
    );
    expect(frontend.calls.map((call) => [call.namespace, call.reason])).toEqual([
      [namespace, undefined],
      ['other', 'missing-role'],
    ]);
  });

  it.each([{ audience: 'temporal' }, { keyRefreshMs: 1 }])(
    'has nothing of signed tokens without a key set: %j',
    async (option) => {
      const [name] = Object.keys(option);
      const start = FakeTemporalFrontend.start({ acceptToken: ['good'], ...option });
      await expect(start).rejects.toThrow(
        new TypeError(`${String(name)} is about signed tokens: it needs jwks`),
      );
    },
  );

  it('that is empty is none that is accepted', async () => {
    await using frontend = await FakeTemporalFrontend.start();
    using caller = new FrontendCaller(frontend.address, '');
    expect((await caller.call('describeNamespace', { namespace })).code).toBe(status.PERMISSION_DENIED);
    expect(frontend.calls.at(-1)?.reason).toBe('unaccepted-token');
  });

  it('is not decided about in two ways', async () => {
    const both = FakeTemporalFrontend.start({ jwks: { keys: [] }, acceptToken: ['good'] });
    await expect(both).rejects.toThrow(
      new TypeError('A frontend decides about tokens by jwks or by acceptToken, not by both'),
    );
  });
});

describe('a call', () => {
  it('of a method that the fake does not have is UNIMPLEMENTED, with the method’s name', async () => {
    await using scene = await open();
    expect(await scene.caller.call('listSchedules', { namespace })).toMatchObject({
      code: status.UNIMPLEMENTED,
      details: `FakeTemporalFrontend does not have ListSchedules. ${instead}`,
    });
    using bytes = new BytesClient(scene.frontend.address);
    const path = 'temporal.api.operatorservice.v1.OperatorService/ListClusters';
    expect(await bytes.unary(`/${path}`, { token: 'good' })).toMatchObject({
      code: status.UNIMPLEMENTED,
      details: `FakeTemporalFrontend does not have ${path}. ${instead}`,
    });
  });

  const start = { namespace, workflowId: 'one', workflowType: { name: 'w' }, taskQueue, requestId: 'r' };

  it.each([
    [{ retryPolicy: { maximumAttempts: 2 } }, 'retry policies of workflows'],
    [{ cronSchedule: '* * * * *' }, 'cron schedules'],
    [{ workflowStartDelay: { nanos: 1 } }, 'start delays'],
    [{ workflowRunTimeout: { nanos: 1 } }, 'time-outs of workflows'],
    [{ workflowExecutionTimeout: { nanos: 1 } }, 'time-outs of workflows'],
  ])('that starts a workflow with %j is UNIMPLEMENTED', async (more, what) => {
    await using scene = await open();
    expect(await scene.caller.call('startWorkflowExecution', { ...start, ...more })).toMatchObject({
      code: status.UNIMPLEMENTED,
      details: `FakeTemporalFrontend does not have ${what}. ${instead}`,
    });
  });

  it('that starts a workflow under an id in use is rejected, unless it is the same request', async () => {
    await using scene = await open();
    const first = await scene.caller.call('startWorkflowExecution', start);
    const same = await scene.caller.call('startWorkflowExecution', start);
    expect(same.answer).toEqual(first.answer);
    const other = { ...start, requestId: 'another' };
    expect(await scene.caller.call('startWorkflowExecution', other)).toMatchObject({
      code: status.ALREADY_EXISTS,
      details: `Workflow execution is already running. WorkflowId: one, RunId: ${String(first.answer['runId'])}.`,
    });
    const policy = {
      ...other,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
    };
    expect((await scene.caller.call('startWorkflowExecution', policy)).code).toBe(status.UNIMPLEMENTED);
    const { answer } = await scene.caller.call('pollWorkflowTaskQueue', { namespace, taskQueue });
    await scene.caller.call('respondWorkflowTaskCompleted', {
      taskToken: answer['taskToken'] as Uint8Array,
      commands: [{ completeWorkflowExecutionCommandAttributes: {} }],
    });
    const rejecting = {
      ...other,
      workflowIdReusePolicy: WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
    };
    expect((await scene.caller.call('startWorkflowExecution', rejecting)).code).toBe(status.UNIMPLEMENTED);
    const again = await scene.caller.call('startWorkflowExecution', start);
    expect(again.answer['runId']).not.toBe(first.answer['runId']);
  });

  it('that is no message of its method is an INVALID_ARGUMENT', async () => {
    await using scene = await open();
    using bytes = new BytesClient(scene.frontend.address);
    const body = Buffer.from([0x0a, 0xff]);
    expect(await bytes.unary('DescribeNamespace', { body, token: 'good' })).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'The request is not a DescribeNamespaceRequest.',
    });
  });

  it('of a method that Temporal does not have is rejected, whatever the token', async () => {
    await using scene = await open();
    using bytes = new BytesClient(scene.frontend.address);
    expect((await bytes.unary('NoSuchMethod', { token: 'good' })).code).toBe(status.UNIMPLEMENTED);
    expect(scene.frontend.calls).toMatchObject([{ verdict: 'rejected', reason: 'unknown-method' }]);
  });

  it('is recorded with its namespace, wherever in the request that stands, and with none when it has none', async () => {
    await using scene = await open();
    await scene.caller.call('listNamespaces', {});
    await scene.caller.call('recordActivityTaskHeartbeat', { namespace });
    await scene.caller.call('describeNamespace', { namespace });
    expect(scene.frontend.calls.map((call) => call.namespace)).toEqual([undefined, namespace, namespace]);
  });

  it('is recorded with its metadata, without the token', async () => {
    await using scene = await open();
    using bytes = new BytesClient(scene.frontend.address);
    const metadata = new Metadata();
    metadata.set('x-tenant', 'a');
    await bytes.unary('DescribeNamespace', { token: 'good', metadata });
    expect(scene.frontend.calls).toMatchObject([
      { method: 'DescribeNamespace', namespace, verdict: 'passed', metadata: { 'x-tenant': 'a' } },
    ]);
    expect(Object.keys(scene.frontend.calls[0]?.metadata ?? {})).toEqual(['x-tenant']);
  });
});

describe('a poll', () => {
  it('ends with nothing after 60 seconds of the frontend’s clock', async () => {
    const clock = new FakeClock();
    await using scene = await open({ clock });
    const poll = scene.caller.call('pollActivityTaskQueue', { namespace, taskQueue });
    await expect.poll(() => clock.pendingTimers).toBe(1);
    await clock.advance(60_000);
    expect(await poll).toMatchObject({ code: status.OK, answer: {} });
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends with nothing when its worker shuts down, and those of others go on', async () => {
    const clock = new FakeClock();
    await using scene = await open({ clock });
    const poll = (workerInstanceKey: string): ReturnType<FrontendCaller['call']> =>
      scene.caller.call('pollActivityTaskQueue', { namespace, taskQueue, workerInstanceKey });
    const [leaving, staying] = [poll('a'), poll('b')];
    await expect.poll(() => clock.pendingTimers).toBe(2);
    await scene.caller.call('shutdownWorker', { namespace, workerInstanceKey: 'a' });
    expect((await leaving).answer).toEqual({});
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(60_000);
    expect((await staying).code).toBe(status.OK);
  });

  it('ends at once when its worker has shut down within the last 30 s, for whatever queue', async () => {
    const clock = new FakeClock();
    await using scene = await open({ clock });
    await scene.caller.call('shutdownWorker', { namespace, workerInstanceKey: 'a' });
    const late = { namespace, taskQueue, workerInstanceKey: 'a' };
    await clock.advance(29_999);
    expect((await scene.caller.call('pollActivityTaskQueue', late)).answer).toEqual({});
    expect((await scene.caller.call('pollWorkflowTaskQueue', late)).answer).toEqual({});
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1);
    const polling = scene.caller.call('pollActivityTaskQueue', late);
    await expect.poll(() => clock.pendingTimers).toBe(1);
    await clock.advance(60_000);
    await polling;
  });

  it('stays open when a worker without a key shuts down', async () => {
    const clock = new FakeClock();
    await using scene = await open({ clock });
    const poll = scene.caller.call('pollActivityTaskQueue', { namespace, taskQueue });
    await expect.poll(() => clock.pendingTimers).toBe(1);
    await scene.caller.call('shutdownWorker', { namespace });
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(60_000);
    await poll;
  });

  it('leaves the task to another when its caller has left', async () => {
    const clock = new FakeClock();
    await using scene = await open({ clock });
    const leaving = new AbortController();
    const poll = scene.caller.call('pollWorkflowTaskQueue', { namespace, taskQueue }, leaving.signal);
    await expect.poll(() => clock.pendingTimers).toBe(1);
    leaving.abort();
    expect((await poll).code).toBe(status.CANCELLED);
    await expect.poll(() => clock.pendingTimers).toBe(0);
    const start = { namespace, workflowId: 'one', workflowType: { name: 'w' }, taskQueue, requestId: 'r' };
    await scene.caller.call('startWorkflowExecution', start);
    const { answer } = await scene.caller.call('pollWorkflowTaskQueue', { namespace, taskQueue });
    expect(answer).toHaveProperty('taskToken');
  });
});
