import type { IncomingMessage, ServerResponse } from 'node:http';
import { callSafely, type Clock, systemClock } from '@worker-auth/inlined';
import type { ClientHealth } from './client-health.ts';
import { healthPage } from './health-page.ts';
import { pagePolicy } from './page-style.ts';
import { type HealthSource, RecentRenewals } from './recent-renewals.ts';
import { judge, type Verdict } from './verdict.ts';

/** Options of {@link healthHandler}. */
export interface HealthHandlerOptions {
  /** Whether a program is ready only with a worker. Default true; false for one that only makes calls. */
  readonly needsWorkers?: boolean | undefined;
  /** For the times of renewals. Default the host's. */
  readonly clock?: Clock | undefined;
}

/** A listener of `createServer` of `node:http`. */
export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => void;

interface Answer {
  readonly status: 200 | 404 | 405 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is looked at for one request. */
interface Facts {
  readonly health: ClientHealth;
  readonly verdict: Verdict;
  readonly renewals: RecentRenewals;
}

/** By the path, which may have a query behind it. */
const pages: ReadonlyMap<string, (facts: Facts) => Answer> = new Map([
  ['/livez', ({ verdict: { dead } }: Facts) => json(dead, { status: passOrFail(dead), reasons: dead })],
  ['/readyz', ({ verdict: { unready } }) => json(unready, { status: passOrFail(unready), reasons: unready })],
  [
    '/healthz',
    ({ health, verdict: { dead, unready } }) => {
      const status = dead.length === 0 && unready.length > 0 ? 'warn' : passOrFail(dead);
      return json(dead, { status, reasons: unready, health });
    },
  ],
  [
    '/',
    ({ health, verdict, renewals }) => ({
      status: statusOf(verdict.dead),
      headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pagePolicy },
      body: healthPage({ health, verdict, renewals: renewals.list }),
    }),
  ],
]);

/**
 * Answers `GET` and `HEAD` of `/livez`, `/readyz`, `/healthz` and, for people, of `/` by the health of a client or of the plugin: 200, or 503 with
 * the reasons. It asks nobody, needs nothing to be loaded and shows no token; what it shows is for those who operate the worker.
 *
 * ```ts
 * const client = new TemporalWorkflowClient();
 * createServer(healthHandler(client)).listen(8080);
 * await client.load();
 * ```
 */
export function healthHandler(
  source: HealthSource,
  { needsWorkers = true, clock = systemClock }: HealthHandlerOptions = {},
): HealthHandler {
  const renewals = new RecentRenewals(source, clock);
  return ({ method, url = '/' }, response) => {
    const { status, headers, body } = answer(method, url, () => {
      const health = source.health();
      return { health, verdict: judge(health, { needsWorkers }), renewals };
    });
    response.writeHead(status, {
      ...headers,
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(body),
      'x-content-type-options': 'nosniff',
    });
    response.end(method === 'HEAD' ? undefined : body);
  };
}

function answer(method: string | undefined, url: string, facts: () => Facts): Answer {
  const [path = ''] = url.split('?', 1);
  const page = pages.get(path);
  if (page === undefined) return text(404, 'Not found: there are /livez, /readyz, /healthz and /');
  if (method === 'GET' || method === 'HEAD') return callSafely(() => page(facts()), unknown());
  const { headers, ...others } = text(405, 'Only GET and HEAD');
  return { ...others, headers: { ...headers, allow: 'GET, HEAD' } };
}

function unknown(): Answer {
  const reasons = ['The health is not known: health() throws.'];
  return json(reasons, { status: 'fail', reasons });
}

function passOrFail(reasons: readonly string[]): 'pass' | 'fail' {
  return reasons.length === 0 ? 'pass' : 'fail';
}

function statusOf(reasons: readonly string[]): 200 | 503 {
  return reasons.length === 0 ? 200 : 503;
}

/**
 * Of the words of `application/health+json`, of which nothing but an expired draft is left (draft-inadarei-api-health-check-06); so the type is
 * JSON's own, which every tool shows.
 */
function json(reasons: readonly string[], body: unknown): Answer {
  return {
    status: statusOf(reasons),
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(body)}\n`,
  };
}

function text(status: 404 | 405, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${body}\n` };
}
