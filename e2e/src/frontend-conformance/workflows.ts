import {
  ApplicationFailure,
  condition,
  defineSignal,
  executeChild,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { Activities } from './activities.ts';

const retry = { initialInterval: 50, maximumAttempts: 3 };
const { echo, flaky, failing } = proxyActivities<Activities>({ startToCloseTimeout: '10s', retry });
const { slow } = proxyActivities<Activities>({ startToCloseTimeout: '500ms', retry: { maximumAttempts: 1 } });
const resumed = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: '400ms',
  retry: { initialInterval: '50ms', maximumAttempts: 2 },
});
const silent = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: '400ms',
  retry: { maximumAttempts: 1 },
});
const notTwice = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { nonRetryableErrorTypes: ['TypeError'] },
});

export async function plain(value: number): Promise<number> {
  return Promise.resolve(value + 1);
}

export async function fails(): Promise<never> {
  return Promise.reject(ApplicationFailure.nonRetryable('no good', 'Bad', { why: 'because' }));
}

export async function callsActivity(text: string): Promise<string> {
  return await echo(text);
}

export async function callsFlaky(): Promise<number> {
  return await flaky();
}

export async function callsFailing(): Promise<void> {
  await failing();
}

export async function callsSlow(): Promise<void> {
  await slow();
}

export async function callsSilent(): Promise<void> {
  await silent.slow();
}

export async function callsResumed(): Promise<string> {
  return await resumed.resumes();
}

export async function callsNotTwice(): Promise<void> {
  await notTwice.failing();
}

export async function sleeps(): Promise<string> {
  await sleep(50);
  return 'awake';
}

export const approve = defineSignal<[string]>('approve');

export async function waitsForSignal(): Promise<string> {
  let by: string | undefined;
  setHandler(approve, (name) => {
    by = name;
  });
  const isApproved = await condition(() => by !== undefined, '1 hour');
  return `${by} ${isApproved}`;
}

export async function waitsInVain(): Promise<boolean> {
  return await condition(() => false, 50);
}

export async function callsChild(): Promise<number> {
  return await executeChild(plain, { args: [1] });
}
