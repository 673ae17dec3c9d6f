import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../support/frontend-stage.ts';

const end = { completeWorkflowExecutionCommandAttributes: {} };
const identity = 'w';

async function poll(stage: Stage): Promise<Uint8Array> {
  const { answer } = await stage.call('pollWorkflowTaskQueue', { taskQueue: { name: 'q' }, identity });
  return answer['taskToken'] as Uint8Array;
}

describe('a workflow task', () => {
  it('that is completed says by whom', async () => {
    await using stage = await openStage();
    await stage.start();
    const taskToken = await poll(stage);
    const more = { identity, sdkMetadata: { sdkName: 's' }, binaryChecksum: 'b' };
    await stage.call('respondWorkflowTaskCompleted', { taskToken, ...more });
    expect((await stage.events())[3]).toBe(
      '4 +0 ms WORKFLOW_TASK_COMPLETED {scheduledEventId:2,startedEventId:3,identity:w,binaryChecksum:b,sdkMetadata:{sdkName:s}}',
    );
  });

  it('that fails says by whom, and why', async () => {
    await using stage = await openStage();
    await stage.start();
    const taskToken = await poll(stage);
    const cause = 'WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR';
    const request = { taskToken, cause: cause as never, failure: { message: 'no' }, identity };
    await stage.call('respondWorkflowTaskFailed', request);
    expect((await stage.events())[3]).toBe(
      `4 +0 ms WORKFLOW_TASK_FAILED {scheduledEventId:2,startedEventId:3,cause:${cause},failure:{message:no},identity:w}`,
    );
  });

  it('that takes too long says so, and the next attempt says by whom', async () => {
    await using stage = await openStage();
    await stage.start();
    await poll(stage);
    await stage.clock.advance(10_000);
    await stage.call('respondWorkflowTaskCompleted', { taskToken: await poll(stage) });
    expect((await stage.events()).slice(3, 6)).toEqual([
      '4 +10000 ms WORKFLOW_TASK_TIMED_OUT {scheduledEventId:2,startedEventId:3,timeoutType:TIMEOUT_TYPE_START_TO_CLOSE}',
      '5 +10000 ms WORKFLOW_TASK_SCHEDULED {taskQueue:{name:q},startToCloseTimeout:10000 ms,attempt:2}',
      '6 +10000 ms WORKFLOW_TASK_STARTED {scheduledEventId:5,identity:w}',
    ]);
  });

  it('comes no more after the end of its workflow, even when it is asked for', async () => {
    await using stage = await openStage();
    await stage.start();
    const request = { taskToken: await poll(stage), commands: [end], forceCreateNewWorkflowTask: true };
    await stage.call('respondWorkflowTaskCompleted', request);
    expect((await stage.events()).at(-1)).toContain('WORKFLOW_EXECUTION_COMPLETED');
  });

  it('that is late cannot fail either', async () => {
    await using stage = await openStage();
    await stage.start();
    const taskToken = await poll(stage);
    await stage.clock.advance(10_000);
    const present = await poll(stage);
    expect((await stage.call('respondWorkflowTaskFailed', { taskToken })).code).toBe(status.NOT_FOUND);
    expect((await stage.call('respondWorkflowTaskCompleted', { taskToken: present })).code).toBe(status.OK);
  });
});

describe('the start of a workflow', () => {
  it('says that it runs', async () => {
    await using stage = await openStage();
    expect((await stage.start()).answer).toEqual({
      runId: expect.stringMatching(/^[\da-f-]{36}$/) as string,
      started: true,
      status: 'WORKFLOW_EXECUTION_STATUS_RUNNING',
    });
  });

  it('is another one once the first has ended, with the same request too', async () => {
    await using stage = await openStage();
    const first = await stage.start();
    await stage.end();
    const again = await stage.start({ workflowIdReusePolicy: 1, workflowIdConflictPolicy: 1 });
    expect(again.code).toBe(status.OK);
    expect(again.answer['runId']).not.toBe(first.answer['runId']);
    expect((await stage.start({ requestId: 'other', workflowIdConflictPolicy: 2 })).details).toBe(
      'FakeTemporalFrontend does not have policies for workflow ids that were used before',
    );
  });
});
