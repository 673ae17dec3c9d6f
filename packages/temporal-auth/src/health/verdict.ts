import type { AuthHealth, ClientHealth, TemporalHealth, WorkerHealth } from './client-health.ts';

/** What follows from the health of a client. */
export interface Verdict {
  /** Why it is not alive: nothing but a new process mends it. Empty when it is alive. */
  readonly dead: readonly string[];
  /** Why it is not ready: no worker takes tasks now, or not each of them. Has those of `dead`; empty when it is ready. */
  readonly unready: readonly string[];
}

/** `undefined` for a worker that polls Temporal. */
const saidOfState: Readonly<Record<WorkerHealth['state'], string | undefined>> = {
  INITIALIZED: 'has not been run',
  RUNNING: undefined,
  STOPPING: 'is shutting down',
  DRAINING: 'is shutting down',
  DRAINED: 'is shutting down',
  STOPPED: 'has ended',
  FAILED: 'has failed, and nothing takes its place',
  STARTING: 'is being made',
  WAITING: 'has failed; another one follows',
};

/**
 * Decides whether a client is alive and whether it is ready. Dead is what can never poll again: a worker that has failed for good, a client that is
 * closed. A refusal or an outage of whatever length is no reason to end a process: its workers are back with the next good token, and
 * the results that they hold would be lost.
 */
export function judge(health: ClientHealth, needsWorkers: boolean): Verdict {
  const { state, workers } = health;
  const isFailed = (worker: WorkerHealth): boolean => worker.state === 'FAILED';
  const dead = [
    ...(state === 'closed' ? ['The client is closed for good.'] : []),
    ...workers.filter(isFailed).flatMap(saidOfWorker),
  ];
  if (state === 'closed') return { dead, unready: dead };
  const others = workers.filter((worker) => !isFailed(worker));
  return {
    dead,
    unready: [
      ...dead,
      ...saidOfClient(health, needsWorkers),
      ...saidOfToken(health.auth),
      ...(workers.length > 0 ? saidOfTemporal(health.temporal, health.auth) : []),
      ...others.flatMap(saidOfWorker),
    ],
  };
}

/** Workers speak for themselves: one of a plugin needs nothing to be loaded before it. */
function saidOfClient({ state, workers }: ClientHealth, needsWorkers: boolean): readonly string[] {
  if (state === 'closing') return ['The client is being closed.'];
  if (workers.length > 0) return [];
  if (state === 'new') return ['The client is not loaded.'];
  if (state === 'loading') return ['The client is loading.'];
  return needsWorkers ? ['There is no worker.'] : [];
}

function saidOfToken({ state, lastError }: AuthHealth): readonly string[] {
  if (state !== 'missing') return [];
  return [lastError === undefined ? 'There is no token.' : `There is no token: ${lastError.message}`];
}

/** Without authentication nobody asks Temporal, unless there is a certificate or a key in place of the token. */
function saidOfTemporal({ state, reason = '' }: TemporalHealth, auth: AuthHealth): readonly string[] {
  switch (state) {
    case 'good':
      return [];
    case 'refused':
      return [`Temporal refuses the token: ${reason}`];
    case 'unreachable':
      return [`Temporal does not answer: ${reason}`];
    case 'unknown':
      return auth.state === 'off' ? [] : ['Temporal was not asked yet whether it accepts the token.'];
  }
}

function saidOfWorker({ taskQueue, state }: WorkerHealth): readonly string[] {
  const said = saidOfState[state];
  return said === undefined ? [] : [`The worker of task queue ${JSON.stringify(taskQueue)} ${said}.`];
}
