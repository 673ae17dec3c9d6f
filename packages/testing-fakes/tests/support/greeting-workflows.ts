import { condition, defineSignal, proxyActivities, setHandler, sleep } from '@temporalio/workflow';

interface Activities {
  greet(name: string): Promise<string>;
}

const { greet } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

/** What an activity gives. */
export async function greeting(name: string): Promise<string> {
  return await greet(name);
}

/** Sleeps for a month first. */
export async function lateGreeting(name: string): Promise<string> {
  await sleep('30 days');
  return `late: ${name}`;
}

/** Waits for a signal with a name. */
export async function awaitedGreeting(): Promise<string> {
  let name: string | undefined;
  setHandler(defineSignal<[string]>('name'), (value) => {
    name = value;
  });
  await condition(() => name !== undefined);
  return `at last: ${name ?? ''}`;
}
