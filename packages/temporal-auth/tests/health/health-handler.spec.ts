import { Emitter } from '@worker-auth/refresh-scheduler';
import { FakeClock, LoopbackServer } from '@worker-auth/testing-fakes';
import type { TokenManagerEvents } from '@worker-auth/token-manager';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ClientHealth } from '../../src/health/client-health.ts';
import { healthHandler, type HealthHandlerOptions } from '../../src/health/health-handler.ts';
import { healthOf, healthyWorker, withWorker } from '../support/healthy.ts';

/** A source whose health is what is set, and throws without, and a server with its handler. */
async function openStage(
  health: ClientHealth | undefined,
  { needsWorkers }: HealthHandlerOptions = {},
): Promise<Stage> {
  const emitter = new Emitter<TokenManagerEvents>();
  const clock = new FakeClock({ wallMs: Date.parse('2026-11-25T12:00:00Z') });
  let current = health;
  const source = {
    health: () => {
      if (current === undefined) throw new Error('broken');
      return current;
    },
    on: emitter.on.bind(emitter),
  };
  const server = await LoopbackServer.start(healthHandler(source, { needsWorkers, clock }));
  return {
    ...{ emitter, clock },
    get: (path, init) => fetch(`${server.url}${path}`, init),
    setHealth: (next) => {
      current = next;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

interface Stage extends AsyncDisposable {
  readonly emitter: Emitter<TokenManagerEvents>;
  readonly clock: FakeClock;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  readonly setHealth: (health: ClientHealth) => void;
}

async function statusesOf({ get }: Stage): Promise<readonly number[]> {
  const answers = await Promise.all(['/livez', '/readyz', '/healthz', '/'].map((path) => get(path)));
  return answers.map(({ status }) => status);
}

const failed = 'The worker of task queue "extraction" has failed, and nothing takes its place.';
const starting = 'The worker of task queue "extraction" is being made.';

describe('healthHandler', () => {
  it('answers 200 to everything when the worker polls', async () => {
    await using stage = await openStage(healthOf());
    expect(await statusesOf(stage)).toEqual([200, 200, 200, 200]);
    for (const path of ['/livez', '/readyz'])
      expect(await (await stage.get(path)).json()).toEqual({ status: 'pass', reasons: [] });
    expect(await (await stage.get('/healthz')).json()).toMatchObject({ status: 'pass', reasons: [] });
  });

  it('answers 503 to /readyz alone, with the reason, when the worker is alive and not ready', async () => {
    await using stage = await openStage(withWorker({ state: 'STARTING' }));
    expect(await statusesOf(stage)).toEqual([200, 503, 200, 200]);
    expect(await (await stage.get('/livez')).json()).toEqual({ status: 'pass', reasons: [] });
    expect(await (await stage.get('/readyz')).json()).toEqual({ status: 'fail', reasons: [starting] });
    expect(await (await stage.get('/healthz')).json()).toMatchObject({ status: 'warn', reasons: [starting] });
  });

  it('answers 503 to everything, with the reason, when the worker has failed', async () => {
    await using stage = await openStage(withWorker({ state: 'FAILED' }));
    expect(await statusesOf(stage)).toEqual([503, 503, 503, 503]);
    for (const path of ['/livez', '/readyz', '/healthz'])
      expect(await (await stage.get(path)).json()).toMatchObject({ status: 'fail', reasons: [failed] });
  });

  it('looks at the health anew with each request', async () => {
    await using stage = await openStage(withWorker({ state: 'STARTING' }));
    expect((await stage.get('/readyz')).status).toBe(503);
    stage.setHealth(healthOf());
    expect((await stage.get('/readyz')).status).toBe(200);
  });

  it('answers 503 to everything when health() throws', async () => {
    await using stage = await openStage(undefined);
    expect(await statusesOf(stage)).toEqual([503, 503, 503, 503]);
    const reasons = ['The health is not known: health() throws.'];
    expect(await (await stage.get('/livez')).json()).toEqual({ status: 'fail', reasons });
    stage.setHealth(healthOf());
    expect(await statusesOf(stage)).toEqual([200, 200, 200, 200]);
  });

  it('gives the whole health at /healthz', async () => {
    await using stage = await openStage(healthOf());
    const { health } = (await (await stage.get('/healthz')).json()) as { health: unknown };
    expect(health).toEqual(JSON.parse(JSON.stringify(healthOf())));
  });

  it.each([
    [undefined, 503],
    [false, 200],
  ])('is ready without a worker when it is told that it needs none: %s', async (needsWorkers, status) => {
    await using stage = await openStage(healthOf({ workers: [] }), { needsWorkers });
    expect((await stage.get('/readyz')).status).toBe(status);
  });

  it('sends JSON that nobody keeps', async () => {
    await using stage = await openStage(healthOf());
    const { headers } = await stage.get('/readyz?verbose');
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  it.each(['/livez', '/readyz', '/healthz', '/'])(
    'answers HEAD of %s as GET, without the body',
    async (path) => {
      await using stage = await openStage(withWorker({ state: 'FAILED' }));
      const [got, head] = [await stage.get(path), await stage.get(path, { method: 'HEAD' })];
      expect(head.status).toBe(503);
      for (const name of ['content-type', 'content-length', 'cache-control'])
        expect(head.headers.get(name)).toBe(got.headers.get(name));
      expect(await head.text()).toBe('');
      expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(await got.text())));
    },
  );

  it('answers HEAD on a server that forbids a body there', async () => {
    const source = { health: () => healthOf(), on: () => () => undefined };
    const server = createServer({ rejectNonStandardBodyWrites: true }, healthHandler(source));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      expect((await fetch(`http://127.0.0.1:${port}/livez`, { method: 'HEAD' })).status).toBe(200);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it.each(['/metrics', '/livez/', '/constructor', '//', '/livez%00'])('knows no %s', async (path) => {
    await using stage = await openStage(healthOf());
    const answer = await stage.get(path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(await answer.text()).toBe('Not found: there are /livez, /readyz, /healthz and /\n');
    expect((await stage.get(path, { method: 'POST', body: 'x' })).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s, and says what it takes', async (method) => {
    await using stage = await openStage(healthOf());
    const answer = await stage.get('/livez', { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe('Only GET and HEAD\n');
  });
});

describe('the page for people', () => {
  const pageOf = async (stage: Stage): Promise<string> => (await stage.get('/')).text();

  it('shows token, Temporal, certificate and workers', async () => {
    await using stage = await openStage(
      healthOf({
        certificate: { expiresInMs: 86_700_000, lifetimeMs: 7_776_000_000 },
        workers: [healthyWorker, { ...healthyWorker, taskQueue: 'second', state: 'STARTING', restarts: 7 }],
      }),
    );
    const page = textOf(await pageOf(stage));
    expect(page).toContain('Alive, not ready The worker of task queue &quot;second&quot; is being made.');
    expect(page).toContain(
      'State valid Ends in 4 min 12 s Renewed in 3 min 12 s Credentials from the environment',
    );
    expect(page).toContain('Certificate ends in 1 d 0 h Last renewals');
    expect(page).toContain('Client loaded Token of the workers good');
    expect(page).toContain('extraction RUNNING 0 second STARTING 7');
  });

  it('shows no time that is less than none', async () => {
    await using stage = await openStage(
      healthOf({ certificate: { expiresInMs: -5_000, lifetimeMs: 3_600_000 } }),
    );
    expect(textOf(await pageOf(stage))).toContain('Certificate ends in 0 s');
  });

  it.each([
    ['Alive and ready', 'ready', healthOf()],
    ['Alive, not ready', 'unready', healthOf({ workers: [] })],
    ['Not alive', 'dead', withWorker({ state: 'FAILED' })],
  ])('says first, in its title and in its colour: %s', async (title, colour, health) => {
    await using stage = await openStage(health);
    const page = await pageOf(stage);
    expect(page).toContain(`<title>${title}</title>`);
    expect(page).toContain(`<h1 class="${colour}">${title}</h1>`);
  });

  it('shows what is wrong, and for how long', async () => {
    const error = { code: undefined, kind: undefined, retryable: true, message: 'nobody there' };
    await using stage = await openStage(
      healthOf({
        auth: { ...healthOf().auth, lastError: error },
        temporal: { state: 'unreachable', sinceMs: 61_000, reason: 'no answer' },
      }),
    );
    const page = textOf(await pageOf(stage));
    expect(page).toContain('Credentials from the environment Last error nobody there Last renewals');
    expect(page).toContain('Token of the workers unreachable For 1 min 1 s Reason no answer Workers');
    expect(page).toContain('Task queue State Restarts extraction');
  });

  it('leaves out what is not known, and says when authentication is off', async () => {
    const nothing = { expiresInMs: undefined, refreshInMs: undefined, credentialsSource: undefined };
    const auth = { ...nothing, state: 'off', lastError: undefined } as const;
    await using stage = await openStage(healthOf({ auth }));
    expect(textOf(await pageOf(stage))).toContain('Token State authentication is off Last renewals');
  });

  it('shows the last ten renewals, the newest first, and when they were', async () => {
    await using stage = await openStage(healthOf());
    const rest = { nextRefreshInMs: 1, credentialsSource: undefined };
    expect(textOf(await pageOf(stage))).toContain('Last renewals None.');
    for (let tokenNumber = 1; tokenNumber <= 10; tokenNumber++)
      stage.emitter.emit('tokenRefreshed', { tokenNumber, lifetimeMs: 300_000, ...rest });
    await stage.clock.advance(61_500);
    const failure = { attempt: 2, retryInMs: 3_000, tokenRemainingMs: 0, retryAfterOutlivesToken: false };
    stage.emitter.emit('refreshFailed', { ...failure, error: new Error('a secret in a request') });
    const page = textOf(await pageOf(stage));
    expect(page).toContain(
      '2026-11-25T12:01:01.500Z Failed, attempt 2; the next in 3 s 2026-11-25T12:00:00.000Z Token 10, good for 5 min 0 s',
    );
    expect(page).toContain('Token 2, good for');
    expect(page).not.toContain('Token 1, good for');
    expect(page).not.toContain('a secret in a request');
  });

  it('cannot be given markup by what others have written', async () => {
    const message = `<script>alert("1")</script>&'`;
    const lastError = { code: undefined, kind: undefined, retryable: false, message };
    await using stage = await openStage(
      healthOf({
        auth: { ...healthOf().auth, state: 'missing', credentialsSource: message, lastError },
        temporal: { state: 'refused', sinceMs: 1, reason: message },
        workers: [{ ...healthyWorker, taskQueue: message }],
      }),
    );
    const page = await pageOf(stage);
    expect(page).not.toContain('<script');
    expect(page.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;')).toHaveLength(7);
  });

  it('may load and run nothing, and have no style but its own', async () => {
    await using stage = await openStage(healthOf());
    const answer = await stage.get('/');
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(await answer.text()) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
  });
});

/** What is to be read of a page, on one line. */
function textOf(page: string): string {
  const [, body = ''] = page.split('<body>');
  return body.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}
