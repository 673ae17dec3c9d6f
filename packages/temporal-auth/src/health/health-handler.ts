import type { IncomingMessage, ServerResponse } from 'node:http';
import { callSafely, checkOptions } from '@worker-auth/internal';
import type { WorkerHealth } from '@worker-auth/calls/conditions/worker-health';
import { type ClientHealth, pageOf, saidOfToken } from '@worker-auth/calls/tokens/client-health';

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
  const { conditions } = health;
  if (path === '/readyz') return pageOf(unready, { conditions: conditions.map(({ code }) => code) });
  return pageOf(dead, { reasons: unready, conditions, health });
}

/**
 * Decides whether a client is alive and whether it is ready. Dead is what can never poll again: a worker that has failed for good, a client that is
 * closed. Unready is what begins, ends or is replaced. A worker that Temporal has accepted stays ready in each rejection and outage. It is back by
 * itself, and Kubernetes would evict and replace unready pods first, with the results that they hold.
 */
export function judge(health: ClientHealth, needsWorkers: boolean): Verdict {
  const { state, workers, auth, temporal, conditions } = health;
  const ofWorkers = (areFailed: boolean): readonly string[] =>
    workers.filter((worker) => (worker.state === 'FAILED') === areFailed).flatMap(saidOfWorker);
  const dead = [...(state === 'closed' ? ['The client is closed for good.'] : []), ...ofWorkers(true)];
  if (state === 'closed') return { dead, unready: dead };
  const others = [
    ...saidOfClient(health, needsWorkers),
    ...(temporal.wasAccepted ? [] : saidOfToken(auth, conditions)),
  ];
  // Without authentication nobody asks Temporal, unless there is a certificate or a key in place of the token.
  const isAsked = temporal.wasAccepted || (auth.state === 'off' && temporal.state === 'unknown');
  if (workers.length > 0 && !isAsked) others.push('Temporal has not accepted the token yet.');
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

function saidOfWorker({ taskQueue, state }: WorkerHealth): readonly string[] {
  const said = saidOfState[state];
  return said === undefined ? [] : [`The worker of task queue ${JSON.stringify(taskQueue)} ${said}.`];
}
