import { activityInfo, CompleteAsyncError, heartbeat, sleep } from '@temporalio/activity';

/** How often each activity ran, by its workflow and its attempt, and what is completed from elsewhere. */
export interface Trace {
  readonly runs: Record<string, number>;
  readonly taskTokens: Uint8Array[];
}

/** The type that workflows need of the activities. */
export interface Activities {
  held(name: string): Promise<string>;
  large(): Promise<string>;
  elsewhere(): Promise<string>;
  beating(): Promise<string>;
  resumed(): Promise<unknown>;
}

/** Activities that end as soon as `gate` opens. */
export function activitiesBehind(gate: Promise<void>, { runs, taskTokens }: Trace): Activities {
  const begin = (name: string): number => {
    const { attempt, workflowExecution } = activityInfo();
    const key = `${name} of ${workflowExecution?.workflowId ?? ''}, attempt ${attempt}`;
    runs[key] = (runs[key] ?? 0) + 1;
    return attempt;
  };
  return {
    async held(name: string): Promise<string> {
      begin(`held ${name}`);
      await gate;
      return name;
    },
    async large(): Promise<string> {
      begin('large');
      await gate;
      return 'x'.repeat(1_900_000);
    },
    async elsewhere(): Promise<string> {
      begin('elsewhere');
      taskTokens.push(activityInfo().taskToken);
      return Promise.reject(new CompleteAsyncError());
    },
    /** Until it is cancelled. */
    async beating(): Promise<string> {
      begin('beating');
      for (;;) {
        heartbeat('alive');
        await sleep(500);
      }
    },
    /** Its second attempt goes on from the heartbeat of the first. */
    async resumed(): Promise<unknown> {
      if (begin('resumed') > 1) return activityInfo().heartbeatDetails;
      let beats = 0;
      const beating = setInterval(() => {
        heartbeat(++beats);
      }, 500);
      await gate.finally(() => {
        clearInterval(beating);
      });
      heartbeat('half');
      return Promise.reject(new Error('half way'));
    },
  };
}
