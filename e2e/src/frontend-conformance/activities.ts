import { activityInfo, heartbeat, sleep } from '@temporalio/activity';

/** What the runs of the conformance tests call. */
export const activities = {
  async echo(text: string): Promise<string> {
    return Promise.resolve(`echo ${text}`);
  },
  async flaky(): Promise<number> {
    const { attempt } = activityInfo();
    return attempt < 3 ? Promise.reject(new Error(`attempt ${attempt}`)) : Promise.resolve(attempt);
  },
  async failing(): Promise<void> {
    return Promise.reject(new TypeError('always'));
  },
  async slow(): Promise<void> {
    await sleep('1 hour');
  },
  async resumes(): Promise<string> {
    const details: unknown = activityInfo().heartbeatDetails;
    if (typeof details === 'string') return `from ${details}`;
    heartbeat('half');
    await sleep('1 hour');
    return 'from the beginning';
  },
};

/** The type that workflows need of them. */
export type Activities = typeof activities;
