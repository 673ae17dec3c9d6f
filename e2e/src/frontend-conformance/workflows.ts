import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { Activities } from './activities.ts';

const retry = { initialInterval: 50, maximumAttempts: 3 };
const { echo, flaky, failing } = proxyActivities<Activities>({ startToCloseTimeout: '10s', retry });
const { slow } = proxyActivities<Activities>({ startToCloseTimeout: '500ms', retry: { maximumAttempts: 1 } });
const { silent } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: '400ms',
  retry: { maximumAttempts: 1 },
});
const { beating, elsewhere } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: '5s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});
const unattended = proxyActivities<Activities>({
  scheduleToStartTimeout: '300ms',
  startToCloseTimeout: '10s',
  taskQueue: 'nobody-polls-this',
});
const hurried = proxyActivities<Activities>({
  scheduleToCloseTimeout: '300ms',
  retry: { maximumAttempts: 5 },
});
const resumed = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: '400ms',
  retry: { initialInterval: '50ms', maximumAttempts: 2 },
});
const notTwice = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { nonRetryableErrorTypes: ['TypeError'] },
});
const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '10s' });

export const go = defineSignal<[string]>('go');

export async function plain(value: number): Promise<number> {
  return Promise.resolve(value + 1);
}

export async function fails(): Promise<never> {
  return Promise.reject(ApplicationFailure.nonRetryable('no good', 'Bad', { why: 'because' }));
}

export async function callsActivity(text: string): Promise<string> {
  return await echo(text);
}

export async function callsActivitiesAtOnce(): Promise<string[]> {
  return await Promise.all(['a', 'b', 'c'].map((text) => echo(text)));
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
  await silent();
}

export async function callsBeating(): Promise<void> {
  await beating();
}

export async function callsElsewhere(): Promise<string> {
  return await elsewhere();
}

export async function callsUnattended(): Promise<string> {
  return await unattended.echo('never');
}

export async function callsLocal(): Promise<string> {
  return await local.echo('local');
}

export async function callsHurried(): Promise<void> {
  await hurried.slow();
}

export async function callsResumed(): Promise<string> {
  return await resumed.resumes();
}

export async function callsNotTwice(): Promise<void> {
  await notTwice.failing();
}

export async function cancelsActivity(): Promise<string> {
  try {
    await CancellationScope.cancellable(async () => {
      const waiting = unattended.echo('never');
      CancellationScope.current().cancel();
      await waiting;
    });
    return 'not cancelled';
  } catch (error) {
    return isCancellation(error) ? 'cancelled' : String(error);
  }
}

export async function cancelsTimer(): Promise<string> {
  const scope = new CancellationScope();
  const waiting = scope.run(() => sleep('1 hour'));
  await sleep(20);
  scope.cancel();
  return await waiting.then(
    () => 'slept',
    (error: unknown) => (isCancellation(error) ? 'cancelled' : String(error)),
  );
}

export async function sleeps(): Promise<string> {
  await sleep(50);
  return 'slept';
}

export async function races(): Promise<string> {
  const inTime = await condition(() => false, 50);
  return `in time: ${inTime}`;
}

export async function waits(): Promise<string[]> {
  const received: string[] = [];
  setHandler(go, (text) => {
    received.push(text);
  });
  await condition(() => received.includes('end'));
  return received;
}

export async function tidiesUp(): Promise<string> {
  try {
    await sleep('1 hour');
    return 'slept';
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return 'tidied up';
  }
}

export async function marks(): Promise<boolean> {
  return Promise.resolve(patched('a-change'));
}
