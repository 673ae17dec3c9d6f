import { status } from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeClock, FakeTemporalFrontend } from '../../src/index.ts';
import { BytesClient } from '../support/grpc.ts';
import { type CallOutcome, FrontendCaller } from '../support/frontend-caller.ts';
import { openStage } from '../support/frontend-stage.ts';

const taskQueue = { name: 'q' };
const workflow = { workflowId: 'one', workflowType: { name: 'w' }, taskQueue, requestId: 'r' };

interface Codec {
  decode(bytes: Uint8Array): object;
}

/** What an error says beside its text, as a client of the SDK reads it. */
function detailOf({ trailers }: CallOutcome): object | undefined {
  const [bytes] = trailers.get('grpc-status-details-bin');
  if (bytes === undefined) return undefined;
  const read = proto.google.rpc.Status.decode(bytes as Buffer);
  const { type_url: url = '', value } = read.details[0] ?? {};
  const root = proto as unknown as { lookupType(path: string): Codec };
  const detail = root
    .lookupType(String(url).replace('type.googleapis.com/', ''))
    .decode(value ?? Buffer.of());
  return { code: read.code, message: read.message, ...detail };
}

async function start(
  options: Parameters<typeof FakeTemporalFrontend.start>[0] = {},
): Promise<{ readonly frontend: FakeTemporalFrontend; readonly caller: FrontendCaller }> {
  const frontend = await FakeTemporalFrontend.start(options);
  const caller = new FrontendCaller(frontend.address, 'good');
  onTestFinished(async () => {
    caller[Symbol.dispose]();
    await frontend.stop();
  });
  return { frontend, caller };
}

describe('an error', () => {
  it('says which namespace there is not', async () => {
    const { caller } = await start();
    expect(detailOf(await caller.call('describeNamespace', { namespace: 'none' }))).toMatchObject({
      code: status.NOT_FOUND,
      message: 'Namespace none is not found.',
      namespace: 'none',
    });
  });

  it('says which run has the id', async () => {
    await using stage = await openStage();
    const { runId } = (await stage.start()).answer as { runId: string };
    const rejected = await stage.start({ requestId: 'another' });
    expect(rejected).toMatchObject({
      code: status.ALREADY_EXISTS,
      details: `Workflow execution is already running. WorkflowId: one, RunId: ${runId}.`,
    });
    expect(detailOf(rejected)).toMatchObject({ runId });
  });

  it('says what there is not', async () => {
    await using stage = await openStage();
    const request = { execution: { workflowId: 'none' } };
    expect(detailOf(await stage.call('describeWorkflowExecution', request))).toMatchObject({
      message: 'workflow not found for ID: none',
    });
  });

  it('of a request that makes no sense is its text alone', async () => {
    await using stage = await openStage();
    expect(detailOf(await stage.call('startWorkflowExecution', {}))).toBeUndefined();
    using bytes = new BytesClient(stage.frontend.address);
    const body = Buffer.from([0x0a, 0xff]);
    expect(await bytes.unary('ListNamespaces', { body, token: 'good' })).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'The request is not a ListNamespacesRequest.',
    });
  });
});

it('a task of another frontend is rejected', async () => {
  await using stage = await openStage();
  await using other = await openStage();
  await stage.start();
  const scheduling = {
    activityId: '1',
    activityType: { name: 'a' },
    taskQueue,
    startToCloseTimeout: { seconds: 9 },
  };
  await stage.complete(await stage.pollWorkflow(), [{ scheduleActivityTaskCommandAttributes: scheduling }]);
  const { taskToken } = await stage.pollActivity();
  expect(await other.call('respondActivityTaskCompleted', { taskToken })).toMatchObject({
    code: status.NOT_FOUND,
    details: 'invalid activityID or activity already timed out or invoking workflow is completed',
  });
  expect((await stage.call('respondActivityTaskCompleted', { taskToken })).code).toBe(status.OK);
});

it.each([
  ['/temporal.api.operatorservice.v1.OperatorService/ListClusters', status.UNIMPLEMENTED],
  ['/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo', status.OK],
])('the method %s', async (path, code) => {
  const { frontend } = await start();
  using bytes = new BytesClient(frontend.address);
  const { code: given, details } = await bytes.unary(path, { token: 'good' });
  expect(given).toBe(code);
  if (code !== status.OK) expect(details).toBe(`FakeTemporalFrontend does not have ${path.slice(1)}`);
});

it('each of several tokens is accepted, and no other', async () => {
  const { frontend } = await start({ acceptToken: ['good', 'better'] });
  const codes = [];
  for (const token of ['good', 'better', 'best']) {
    using caller = new FrontendCaller(frontend.address, token);
    codes.push((await caller.call('describeNamespace', { namespace: 'default' })).code);
  }
  expect(codes).toEqual([status.OK, status.OK, status.PERMISSION_DENIED]);
});

it('a shutdown without a key is that of nobody', async () => {
  const clock = new FakeClock();
  const { caller } = await start({ clock });
  const namespace = 'default';
  const early = caller.call('pollActivityTaskQueue', { namespace, taskQueue });
  await expect.poll(() => clock.pendingTimers).toBe(1);
  await caller.call('shutdownWorker', { namespace });
  const late = caller.call('pollActivityTaskQueue', { namespace, taskQueue });
  await expect.poll(() => clock.pendingTimers).toBe(2);
  await clock.advance(60_000);
  await Promise.all([early, late]);
});

it('a frontend is idle when all workflows of all namespaces are', async () => {
  const { frontend, caller } = await start({ namespaces: ['default', 'other'] });
  await caller.call('startWorkflowExecution', { namespace: 'other', ...workflow });
  await caller.call('startWorkflowExecution', { namespace: 'other', ...workflow, workflowId: 'two' });
  let isIdle = false;
  const idle = frontend.idle().then(() => {
    isIdle = true;
  });
  const endNext = async (): Promise<void> => {
    const namespace = 'other';
    const { answer } = await caller.call('pollWorkflowTaskQueue', { namespace, taskQueue });
    const commands = [{ completeWorkflowExecutionCommandAttributes: {} }];
    await caller.call('respondWorkflowTaskCompleted', {
      taskToken: answer['taskToken'] as Uint8Array,
      commands,
    });
  };
  await endNext();
  await caller.call('listNamespaces', {});
  expect(isIdle).toBe(false);
  await endNext();
  await idle;
});
