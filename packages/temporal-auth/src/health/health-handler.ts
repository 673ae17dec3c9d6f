import type { IncomingMessage, ServerResponse } from 'node:http';
import { callSafely, checkOptions } from '@worker-auth/internal';
import type { ClientHealth } from './client-health.ts';
import { judge } from './verdict.ts';

/** Options of {@link healthHandler}. */
export interface HealthHandlerOptions {
  /** Whether a program is ready only with a worker. Default true; false for one that only makes calls. */
  readonly needsWorkers?: boolean | undefined;
}

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
