import { settled, until } from './outcome.ts';
import { type Scenario, waiting } from './stage.ts';
import { go } from './workflows.ts';

/** What others do to workflows that wait. */
export const clientScenarios: Readonly<Record<string, Scenario>> = {
  signals: waiting('waits', async (handle) => {
    await handle.signal(go, 'one');
    await handle.signal(go, 'end');
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
};
