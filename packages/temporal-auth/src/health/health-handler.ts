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

interface HealthResponse {
  readonly status: 200 | 404 | 405 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

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
    const { status, headers, body } = answer(method, url, (path) =>
      page(path, source.health(), needsWorkers),
    );
    response.writeHead(status, {
      ...headers,
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(body),
      'x-content-type-options': 'nosniff',
    });
    response.end(method === 'HEAD' ? undefined : body);
  };
}

function answer(
  method: string | undefined,
  url: string,
  pageAt: (path: string) => HealthResponse,
): HealthResponse {
  const path = url.replace(/\?.*$/s, '');
  if (!paths.includes(path)) return text(404, 'Not found: there are /livez, /readyz and /healthz');
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Only GET and HEAD', { allow: 'GET, HEAD' });
  return callSafely(() => pageAt(path), failed(['The health is not known: health() throws.']));
}

function page(path: string, health: ClientHealth, needsWorkers: boolean): HealthResponse {
  const { dead, unready } = judge(health, needsWorkers);
  if (path === '/livez') return failed(dead);
  if (path === '/readyz') return failed(unready);
  const isWarning = dead.length === 0 && unready.length > 0;
  return failed(dead, { ...(isWarning && { status: 'warn' }), reasons: unready, health });
}

/**
 * Of the words of `application/health+json`, of which nothing but an expired draft is left (draft-inadarei-api-health-check-06); so the type is
 * JSON's own, which every tool shows. No reason: it has not failed.
 */
function failed(reasons: readonly string[], more: object = {}): HealthResponse {
  const hasPassed = reasons.length === 0;
  return {
    status: hasPassed ? 200 : 503,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify({ status: hasPassed ? 'pass' : 'fail', reasons, ...more })}\n`,
  };
}

function text(
  status: 404 | 405,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HealthResponse {
  return { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body: `${body}\n` };
}
