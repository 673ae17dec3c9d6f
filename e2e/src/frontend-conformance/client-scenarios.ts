import { outcomeOf, settled, until } from './outcome.ts';
import { type Scenario, start, waiting, whole } from './stage.ts';
import { broken, go, seen } from './workflows.ts';

/** What others do to workflows that wait. */
export const clientScenarios: Readonly<Record<string, Scenario>> = {
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
};
