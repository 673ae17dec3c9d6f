import { Client } from '@temporalio/client';
import { settled } from './outcome.ts';
import { handedOverBy, type Scenario, start, waiting } from './stage.ts';
import { go } from './workflows.ts';

/** Ids in use, activities from elsewhere, requests that are refused, and what is told of workflows. */
export const requestScenarios: Readonly<Record<string, Scenario>> = {
  'a workflow id that is in use': waiting('waits', async (handle, stage) => {
    const second = await settled(start(stage, 'waits'));
    await handle.terminate();
    return second;
  }),
  'an activity that is completed by its task token': waiting('callsElsewhere', async (handle, { client }) => {
    const taskToken = await handedOverBy(handle);
    await client.activity.complete(taskToken, 'by token');
    return await settled(client.activity.complete(taskToken, 'again'));
  }),
  'an activity that is completed by its id': waiting('callsElsewhere', async (handle, { client }) => {
    await handedOverBy(handle);
    const { workflowId } = handle;
    await client.activity.complete({ workflowId, activityId: '1' }, 'by id');
    return await settled(client.activity.complete({ workflowId, activityId: '1' }, 'again'));
  }),
  'an activity that is failed by its task token': waiting('callsElsewhere', async (handle, { client }) => {
    const taskToken = await handedOverBy(handle);
    await client.activity.heartbeat(taskToken, 'alive');
    await client.activity.fail(taskToken, new Error('try again'));
    await client.activity.complete(await handedOverBy(handle, 2), 'at the second attempt');
  }),
  'a namespace that there is not': async ({ client, taskQueue, workflowId }) => {
    const elsewhere = new Client({ connection: client.connection, namespace: 'nowhere' });
    const handle = elsewhere.workflow.getHandle(workflowId);
    const starting = elsewhere.workflow.start('plain', { taskQueue, workflowId, args: [1] });
    const described = client.workflowService.describeNamespace({ namespace: 'nowhere' });
    return await Promise.all([starting, handle.describe(), handle.result(), described].map(settled));
  },
  'requests that lack something': async ({ client, taskQueue, workflowId }) => {
    const { workflowService } = client;
    const complete = { namespace: 'default', workflowId, requestId: 'r', taskQueue: { name: taskQueue } };
    const calls = [
      workflowService.startWorkflowExecution({ ...complete, workflowId: '' }),
      workflowService.startWorkflowExecution({
        ...complete,
        workflowType: { name: 'plain' },
        taskQueue: null,
      }),
      workflowService.startWorkflowExecution(complete),
      workflowService.describeNamespace({}),
      client.withDeadline(Date.now() + 10_000, () =>
        workflowService.pollActivityTaskQueue({ namespace: 'default' }),
      ),
      workflowService.recordWorkerHeartbeat({ namespace: 'default', workerHeartbeat: [] }),
    ];
    return await Promise.all(calls.map(settled));
  },
  'a workflow that there is not': async ({ client, workflowId }) => {
    const nobody = client.workflow.getHandle(workflowId);
    const calls = [nobody.describe(), nobody.result(), nobody.signal(go, 'end')];
    return await Promise.all([...calls, nobody.cancel(), nobody.terminate()].map(settled));
  },
  'what is known of an activity': waiting('callsElsewhere', async (handle, { client }) => {
    const taskToken = await handedOverBy(handle);
    const { raw } = await handle.describe();
    await client.activity.complete(taskToken, 'done');
    const [activity] = raw.pendingActivities ?? [];
    return [activity?.activityId, activity?.activityType?.name, activity?.state, activity?.attempt];
  }),
  'what is known of a workflow': waiting('waits', async (handle) => {
    const { type, taskQueue, workflowId, status, memo, parentExecution, historyLength } =
      await handle.describe();
    await handle.signal(go, 'end');
    return { type, taskQueue, workflowId, status, memo, parentExecution, historyLength };
  }),
};
