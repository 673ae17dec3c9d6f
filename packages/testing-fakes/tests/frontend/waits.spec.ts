import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../support/frontend-stage.ts';

const execution = { workflowId: 'one' };
const closeEvent = 2;

interface Answer {
  readonly history?: { readonly events?: readonly { readonly eventType: string }[] };
  readonly nextPageToken?: Uint8Array;
}

/** Waits for the end of the workflow. */
function waitFor(stage: Stage, more: object = {}): Promise<Answer> {
  const request = { execution, waitNewEvent: true, historyEventFilterType: closeEvent, ...more };
  return stage.call('getWorkflowExecutionHistory', request).then(({ answer }) => answer);
}

function kinds({ history }: Answer): readonly string[] {
  return (history?.events ?? []).map(({ eventType }) => eventType.replace('EVENT_TYPE_', ''));
}

describe('who waits for the end of a workflow', () => {
  it('gets its last event alone, as soon as it is there', async () => {
    await using stage = await openStage();
    await stage.start();
    const waiting = waitFor(stage);
    await expect.poll(() => stage.clock.pendingTimers).toBe(1);
    const task = await stage.pollWorkflow();
    expect(await stage.isSettled(waiting)).toBe(false);
    await stage.complete(task, [{ completeWorkflowExecutionCommandAttributes: {} }]);
    const answer = await waiting;
    expect(kinds(answer)).toEqual(['WORKFLOW_EXECUTION_COMPLETED']);
    expect(answer.nextPageToken).toBeUndefined();
    expect(stage.clock.pendingTimers).toBe(0);
    expect(kinds(await waitFor(stage))).toEqual(['WORKFLOW_EXECUTION_COMPLETED']);
  });

  it('gets nothing after 20 seconds, and comes again for the same run', async () => {
    await using stage = await openStage();
    await stage.start();
    const waiting = waitFor(stage);
    await expect.poll(() => stage.clock.pendingTimers).toBe(1);
    await stage.clock.advance(19_999);
    expect(await stage.isSettled(waiting)).toBe(false);
    await stage.clock.advance(1);
    const { nextPageToken, ...answer } = await waiting;
    expect(kinds(answer)).toEqual([]);
    await stage.end();
    await stage.start({ requestId: 'another' });
    expect(kinds(await waitFor(stage, { nextPageToken }))).toEqual(['WORKFLOW_EXECUTION_COMPLETED']);
  });

  it('leaves no timer when he leaves', async () => {
    await using stage = await openStage();
    await stage.start();
    const waiting = waitFor(stage);
    await expect.poll(() => stage.clock.pendingTimers).toBe(1);
    stage.frontend.dropConnections();
    await waiting;
    await expect.poll(() => stage.clock.pendingTimers).toBe(0);
  });
});

describe('idle()', () => {
  it('waits for an activity, and not for the wait until its next attempt', async () => {
    await using stage = await openStage();
    await stage.start();
    const scheduling = { activityId: '1', taskQueue: { name: 'q' }, startToCloseTimeout: { seconds: 9 } };
    await stage.complete(await stage.pollWorkflow(), [{ scheduleActivityTaskCommandAttributes: scheduling }]);
    const idle = stage.frontend.idle();
    expect(await stage.isSettled(idle)).toBe(false);
    const { taskToken } = await stage.pollActivity();
    expect(await stage.isSettled(idle)).toBe(false);
    await stage.call('respondActivityTaskFailed', { taskToken });
    await idle;
    await stage.clock.advance(1_000);
    expect(await stage.isSettled(stage.frontend.idle())).toBe(false);
    const again = await stage.pollActivity();
    await stage.call('respondActivityTaskCompleted', { taskToken: again.taskToken });
    await stage.end();
    expect(await stage.isSettled(stage.frontend.idle())).toBe(true);
    await stage.start({ workflowId: 'two', requestId: 'another' });
    await stage.start({ workflowId: 'three', requestId: 'third' });
    await stage.end();
    expect(await stage.isSettled(stage.frontend.idle())).toBe(false);
    await stage.end();
    expect(await stage.isSettled(stage.frontend.idle())).toBe(true);
  });
});

describe('a task that nobody has taken', () => {
  it('goes to the poll that has waited longest', async () => {
    await using stage = await openStage();
    const polls = [];
    for (let count = 1; count <= 2; count++) {
      polls.push(stage.pollWorkflow());
      await expect.poll(() => stage.clock.pendingTimers).toBe(count);
    }
    await stage.start();
    expect(await polls[0]).toHaveProperty('taskToken');
    expect(await stage.isSettled(polls[1] as Promise<unknown>)).toBe(false);
    expect((await stage.start({ workflowId: 'two', requestId: 'another' })).code).toBe(status.OK);
    expect(await polls[1]).toHaveProperty('taskToken');
  });
});
