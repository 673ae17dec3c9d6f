import type { IncomingMessage, ServerResponse } from 'node:http';
import { callSafely, checkOptions } from '@worker-auth/internal';
import type { WorkerHealth } from '../worker/worker-health.ts';
import type { AuthHealth, ClientHealth, TemporalHealth } from './client-health.ts';

/** Options of {@link healthHandler}. */
export interface HealthHandlerOptions {
  /** Whether a program is ready only with a worker. Default true; false for one that only makes calls. */
  readonly needsWorkers?: boolean | undefined;
}

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

const paths = ['/livez', '/readyz', '/healthz'];

/**
 * Answers `GET` and `HEAD` of `/livez`, `/readyz` and `/healthz` by the health of a client or of the plugin: 200, or 503 with the reasons. It asks
 * nobody, needs nothing to be loaded and shows no token; what it shows is for those who operate the worker.
 *
 * ```ts
 * const client = new TemporalWorkflowClient();
 * createServer(healthHandler(client)).listen(8080);
 * await client.load();
 * ```
 *
 * @returns a listener for `createServer` of `node:http`
 * @throws TypeError for an option that there is not, with the nearest name
 */
export function healthHandler(
  source: { health(): ClientHealth },
  options: HealthHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  checkOptions('healthHandler', options, { needsWorkers: true });
  const { needsWorkers = true } = options;
  return ({ method, url = '/' }, response) => {
    const path = url.replace(/\?.*/s, '');
    const send = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, {
        ...(status === 405 && { allow: 'GET, HEAD' }),
        'content-type': type,
        'cache-control': 'no-store',
        'content-length': Buffer.byteLength(body),
        'x-content-type-options': 'nosniff',
      });
      response.end(method === 'HEAD' ? undefined : body);
    };
    if (!paths.includes(path)) send(404, 'Not found: there are /livez, /readyz and /healthz\n');
    else if (method !== 'GET' && method !== 'HEAD') send(405, 'Only GET and HEAD\n');
    else {
      const unknown = pageOf(['The health is not known: health() throws.']);
      const { status, body } = callSafely(() => pageAt(path, source.health(), needsWorkers), unknown);
      send(status, body, 'application/json');
    }
  };
}

function pageAt(path: string, health: ClientHealth, needsWorkers: boolean) {
  const { dead, unready } = judge(health, needsWorkers);
  if (path === '/livez') return pageOf(dead);
  if (path === '/readyz') return pageOf(unready);
  const isWarning = dead.length === 0 && unready.length > 0;
  return pageOf(dead, { ...(isWarning && { status: 'warn' }), reasons: unready, health });
}

/** In the words of `application/health+json`, an expired draft (draft-inadarei-api-health-check-06), as JSON, which every tool shows. */
export function pageOf(
  reasons: readonly string[],
  more: object = {},
): { readonly status: number; readonly body: string } {
  const hasPassed = reasons.length === 0;
  const body = `${JSON.stringify({ status: hasPassed ? 'pass' : 'fail', reasons, ...more })}\n`;
  return { status: hasPassed ? 200 : 503, body };
}

/**
 * Decides whether a client is alive and whether it is ready. Dead is what can never poll again: a worker that has failed for good, a client that is
 * closed. A rejection or an outage of whatever length is no reason to end a process: its workers are back with the next good token, and
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
  if (state === 'new') return ['The client is not loaded: await its load(), or ready() of the plugin.'];
  if (state === 'loading') return ['The client is loading.'];
  return needsWorkers ? ['There is no worker.'] : [];
}

function saidOfToken({ state, lastError }: AuthHealth): readonly string[] {
  if (state !== 'missing') return [];
  return [lastError === undefined ? 'There is no token.' : `There is no token: ${lastError.message}`];
}

/** Without authentication nobody asks Temporal, unless there is a certificate or a key in place of the token. */
function saidOfTemporal({ state, reason = '' }: TemporalHealth, auth: AuthHealth): readonly string[] {
  if (state === 'rejected') return [`Temporal rejects the token: ${reason}`];
  if (state === 'unreachable') return [`Temporal does not answer: ${reason}`];
  const isAsked = state === 'good' || auth.state === 'off';
  return isAsked ? [] : ['Temporal was not asked yet whether it accepts the token.'];
}

function saidOfWorker({ taskQueue, state }: WorkerHealth): readonly string[] {
  const said = saidOfState[state];
  return said === undefined ? [] : [`The worker of task queue ${JSON.stringify(taskQueue)} ${said}.`];
}
