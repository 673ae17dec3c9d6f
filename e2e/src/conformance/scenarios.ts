import {
  Client,
  QueryRejectCondition,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { handedOver } from './activities.ts';
import { eventsOf, type Outcome, outcomeOf, settled, until } from './outcome.ts';
import { broken, go, seen } from './workflows.ts';

/** Where a scenario runs; behind each is the same worker. */
export interface Stage {
  readonly client: Client;
  readonly taskQueue: string;
  /** One that no other scenario has. */
  readonly workflowId: string;
}

/** Something that is done against two servers; what it gives must be the same. */
export type Scenario = (stage: Stage) => Promise<unknown>;

/** By what they show. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'a result': whole('plain', [1]),
  'a failure': whole('fails'),
  'the result of an activity': whole('callsActivity', ['a']),
  'activities at the same time': async (stage) => {
    const { end, events } = await outcomeOf(await start(stage, 'callsActivitiesAtOnce'));
    // How many workflow tasks there are, and where between the others, is a matter of time.
    return { end, events: events.filter((kind) => kind >= 10).toSorted((one, other) => one - other) };
  },
  'an activity that succeeds at its third attempt': whole('callsFlaky'),
  'an activity that fails at all attempts': whole('callsFailing'),
  'an activity that takes too long': whole('callsSlow'),
  'an activity without a heartbeat': whole('callsSilent'),
  'an activity that nobody takes': whole('callsUnattended'),
  'an activity whose whole time is over': whole('callsHurried'),
  'an activity that goes on from its last heartbeat': whole('callsResumed'),
  'an activity whose error is not to be retried': whole('callsNotTwice'),
  'an activity that is cancelled before anybody takes it': whole('cancelsActivity'),
  'a timer that is cancelled': whole('cancelsTimer'),
  'a local activity': whole('callsLocal'),
  'a timer': whole('sleeps'),
  'a condition that does not come true in time': whole('races'),
  'continuing as new': whole('again', [2]),
  'a child': whole('parent'),
  'a child that fails': whole('parentOfFailing'),
  'a child that continues as new': whole('parentOfLongChain'),
  'a child that is signalled': whole('signalsChild'),
  'a child whose id is in use': whole('parentOfTwins'),
  'a patch and a memo': async (stage) => {
    const handle = await start(stage, 'marks', [], { memo: { first: 1 } });
    return [await outcomeOf(handle), (await handle.describe()).memo];
  },
  'a run that takes too long': whole('waits', [], { workflowRunTimeout: '1s' }),
  'a chain of runs that takes too long': whole('waits', [], { workflowExecutionTimeout: '1s' }),
  'a failure that is retried': whole('fails', [], { retry: { maximumAttempts: 2, initialInterval: '50ms' } }),
  'a late start': whole('plain', [1], { startDelay: '200ms' }),
  'a type that no worker has': async (stage) => {
    const handle = await start(stage, 'no-such-type');
    await until(async () => (await eventsOf(handle)).length >= 6);
    const events = await eventsOf(handle);
    await handle.terminate();
    return events;
  },
  signals: waiting('waits', async (handle) => {
    await handle.signal(go, 'one');
    await handle.signal(go, 'end');
  }),
  'a query': waiting('waits', async (handle) => {
    await handle.signal(go, 'one');
    const answer = await handle.query(seen);
    await handle.signal(go, 'end');
    return answer;
  }),
  'a query of a workflow that is over': waiting('waits', async (handle) => {
    await handle.signal(go, 'end');
    await handle.result();
    return await handle.query(seen);
  }),
  'a query that fails': waiting('waits', async (handle) => {
    const answer = await settled(handle.query(broken));
    await handle.signal(go, 'end');
    return answer;
  }),
  'a query that there is not': waiting('waits', async (handle) => {
    const answer = await settled(handle.query('nothing'));
    await handle.signal(go, 'end');
    return answer;
  }),
  'a cancellation': waiting('waits', (handle) => handle.cancel()),
  'a cancellation that the workflow answers': waiting('tidiesUp', (handle) => handle.cancel()),
  'a cancellation that an activity hears of': waiting('callsBeating', async (handle) => {
    await until(async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.[0]?.lastHeartbeatTime != null || raw.pendingActivities?.length === 0;
    });
    await handle.cancel();
  }),
  'a termination': waiting('waits', (handle) => handle.terminate('enough')),
  'a signal after the end': waiting('waits', async (handle) => {
    await handle.terminate();
    return await settled(handle.signal(go, 'late'));
  }),
  'a cancellation after the end': waiting('waits', async (handle) => {
    await handle.terminate();
    return await settled(handle.cancel());
  }),
  'a termination after the end': waiting('waits', async (handle) => {
    await handle.terminate();
    return await settled(handle.terminate());
  }),
  'a signal from another workflow': waiting('waits', async ({ workflowId }, stage) => {
    const teller = await start({ ...stage, workflowId: `${workflowId}-teller` }, 'tells', [workflowId]);
    return await outcomeOf(teller);
  }),
  'a signal to a workflow that there is not': whole('tells', ['nobody']),
  'a cancellation by another workflow': waiting('waits', async ({ workflowId }, stage) => {
    const canceller = await start({ ...stage, workflowId: `${workflowId}-canceller` }, 'cancels', [
      workflowId,
    ]);
    return await outcomeOf(canceller);
  }),
  'the child of a parent that has ended': async (stage) => {
    const parent = await outcomeOf(await start(stage, 'parentThatEnds'));
    const child = stage.client.workflow.getHandle('the-orphan');
    return [parent, await settled(child.result())];
  },
  'a child that outlives its parent': async (stage) => {
    const parent = await outcomeOf(await start(stage, 'parentOfAbandoned'));
    const child = stage.client.workflow.getHandle('the-abandoned');
    await child.signal(go, 'end');
    return [parent, await settled(child.result())];
  },
  'a child that is cancelled when its parent ends': async (stage) => {
    const parent = await outcomeOf(await start(stage, 'parentThatCancels'));
    return [parent, await settled(stage.client.workflow.getHandle('the-cancelled').result())];
  },
  'a signal with start': async ({ client, ...options }) => {
    const handle = await client.workflow.signalWithStart('waits', {
      ...options,
      signal: go,
      signalArgs: ['end'],
    });
    return await outcomeOf(handle);
  },
  'a signal with start of a workflow that runs': waiting('waits', async (_handle, { client, ...options }) => {
    await client.workflow.signalWithStart('waits', { ...options, signal: go, signalArgs: ['end'] });
  }),
  'a workflow id that is in use': waiting('waits', async (handle, stage) => {
    const second = await settled(start(stage, 'waits'));
    await handle.terminate();
    return second;
  }),
  'a workflow id that was used, and may not be again': waiting('waits', async (handle, stage) => {
    await handle.terminate();
    return await settled(
      start(stage, 'waits', [], { workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE }),
    );
  }),
  'a workflow id in use, whose run is wanted': waiting('waits', async (handle, stage) => {
    const workflowIdConflictPolicy = WorkflowIdConflictPolicy.USE_EXISTING;
    const second = await start(stage, 'waits', [], { workflowIdConflictPolicy });
    const { runId } = await handle.describe();
    await handle.signal(go, 'end');
    return second.firstExecutionRunId === runId;
  }),
  'a workflow id in use, whose run is to end': waiting('waits', async (handle, stage) => {
    const workflowIdConflictPolicy = WorkflowIdConflictPolicy.TERMINATE_EXISTING;
    const second = await start(stage, 'plain', [1], { workflowIdConflictPolicy });
    const first = stage.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId, {
      followRuns: false,
    });
    const result: unknown = await second.result();
    return [await settled(first.result()), result, await eventsOf(first)];
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
  'a query of a workflow that must be open, and is not': waiting('waits', async (handle, { client }) => {
    await handle.terminate();
    const queryRejectCondition = QueryRejectCondition.NOT_OPEN;
    const demanding = new Client({ connection: client.connection, workflow: { queryRejectCondition } });
    return await settled(demanding.workflow.getHandle(handle.workflowId).query(seen));
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
    const calls = [nobody.describe(), nobody.result(), nobody.signal(go, 'end'), nobody.query(seen)];
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

/** One workflow from its start to its end. */
function whole(
  workflowType: string,
  args: unknown[] = [],
  options: Partial<WorkflowStartOptions> = {},
): Scenario {
  return async (stage) => outcomeOf(await start(stage, workflowType, args, options));
}

/** A workflow that waits for something to be done. */
function waiting(
  workflowType: string,
  act: (handle: StartedHandle, stage: Stage) => Promise<unknown>,
): Scenario {
  return async (stage): Promise<Outcome> => {
    const handle = await start(stage, workflowType);
    await until(async () => (await eventsOf(handle)).length >= 4);
    const given = await settled(act(handle, stage));
    return { ...(await outcomeOf(handle)), given };
  };
}

type StartedHandle = WorkflowHandle & { readonly firstExecutionRunId: string };

function start(
  { client, taskQueue, workflowId }: Stage,
  workflowType: string,
  args: unknown[] = [],
  options: Partial<WorkflowStartOptions> = {},
): Promise<StartedHandle> {
  return client.workflow.start(workflowType, { taskQueue, workflowId, args, ...options });
}

/** The task token of the attempt of a workflow's activity, once a worker has it. */
async function handedOverBy(
  { workflowId, firstExecutionRunId }: StartedHandle,
  attempt = 1,
): Promise<Uint8Array> {
  const those = (): typeof handedOver => handedOver.filter((one) => one.runId === firstExecutionRunId);
  await until(() => Promise.resolve(those().length >= attempt));
  const token = those()[attempt - 1]?.taskToken;
  if (token === undefined) throw new Error(`No activity of ${workflowId}`);
  return token;
}
