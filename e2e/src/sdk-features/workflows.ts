import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  isCancellation,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { Activities } from './activities.ts';

const { held, large, elsewhere } = proxyActivities<Activities>({ startToCloseTimeout: '10 minutes' });
const { beating, resumed } = proxyActivities<Activities>({
  ...{ startToCloseTimeout: '10 minutes', heartbeatTimeout: '40 seconds' },
  ...{ retry: { initialInterval: '50ms' }, cancellationType: 'WAIT_CANCELLATION_COMPLETED' },
});

export const said = defineQuery<string[]>('said');
export const say = defineSignal<[string]>('say');
export const ask = defineUpdate<number, [string]>('ask');

export async function conversation(): Promise<string[]> {
  const texts: string[] = [];
  setHandler(said, () => texts);
  setHandler(say, (text) => void texts.push(text));
  setHandler(ask, async (text) => {
    texts.push(await held(text));
    return texts.length;
  });
  await condition(() => texts.includes('end'));
  return texts;
}

export async function oneActivity(name: string): Promise<string> {
  return held(name);
}

export async function oneLarge(): Promise<number> {
  return (await large()).length;
}

export async function parent(): Promise<string[]> {
  return Promise.all(['a', 'b'].map((name) => executeChild(oneActivity, { args: [name] })));
}

export async function completedElsewhere(): Promise<string> {
  return elsewhere();
}

export async function again(left: number): Promise<string> {
  const name = await held(`run ${left}`);
  if (left > 0) await continueAsNew<typeof again>(left - 1);
  return name;
}

export async function cancelled(): Promise<string> {
  try {
    return await beating();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return 'tidied up';
  }
}

export async function goesOn(): Promise<unknown> {
  return resumed();
}
