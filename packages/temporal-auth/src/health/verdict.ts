import type { WorkerHealth } from '../worker/worker-health.ts';
import type { AuthHealth, ClientHealth, TemporalHealth } from './client-health.ts';

/** Why a client is not alive, so that only a new process helps, and why it is not ready: no worker takes tasks now, or not each of them. */
export type Verdict = Readonly<Record<'dead' | 'unready', readonly string[]>>;

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
  const ofWorkers = (areFailed: boolean): readonly string[] =>
    workers.filter((worker) => (worker.state === 'FAILED') === areFailed).flatMap(saidOfWorker);
  const dead = [...(state === 'closed' ? ['The client is closed for good.'] : []), ...ofWorkers(true)];
  if (state === 'closed') return { dead, unready: dead };
  const ofTemporal = workers.length > 0 ? saidOfTemporal(health.temporal, health.auth) : [];
  const others = [...saidOfClient(health, needsWorkers), ...saidOfToken(health.auth), ...ofTemporal];
  return { dead, unready: [...dead, ...others, ...ofWorkers(false)] };
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
  if (state === 'refused') return [`Temporal refuses the token: ${reason}`];
  if (state === 'unreachable') return [`Temporal does not answer: ${reason}`];
  const isAsked = state === 'good' || auth.state === 'off';
  return isAsked ? [] : ['Temporal was not asked yet whether it accepts the token.'];
}

function saidOfWorker({ taskQueue, state }: WorkerHealth): readonly string[] {
  const said = saidOfState[state];
  return said === undefined ? [] : [`The worker of task queue ${JSON.stringify(taskQueue)} ${said}.`];
}
