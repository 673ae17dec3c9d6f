import { activityInfo, CompleteAsyncError, heartbeat, sleep } from '@temporalio/activity';

/** The task tokens and the runs of activities that are to be completed from elsewhere. */
export const handedOver: { readonly taskToken: Uint8Array; readonly runId: string }[] = [];

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
  async silent(): Promise<void> {
    await sleep('1 hour');
  },
  async resumes(): Promise<string> {
    const details: unknown = activityInfo().heartbeatDetails;
    if (typeof details === 'string') return `from ${details}`;
    heartbeat('half');
    await sleep('1 hour');
    return 'from the beginning';
  },
  async beating(): Promise<void> {
    for (;;) {
      heartbeat('alive');
      await sleep(100);
    }
  },
  async elsewhere(): Promise<string> {
    const { taskToken, workflowExecution } = activityInfo();
    handedOver.push({ taskToken, runId: workflowExecution?.runId ?? '' });
    return Promise.reject(new CompleteAsyncError());
  },
};

/** The type that workflows need of them. */
export type Activities = typeof activities;
