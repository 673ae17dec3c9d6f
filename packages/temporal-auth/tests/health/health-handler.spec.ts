import { LoopbackServer } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import type { ClientHealth } from '@worker-auth/calls/tokens/client-health';
import { healthHandler, type HealthHandlerOptions } from '../../src/health/health-handler.ts';
import { healthOf, withWorker } from '../support/healthy.ts';

/** A source whose health is what is set, and throws without, and a server with its handler. */
async function openStage(
  health: ClientHealth | undefined,
  { needsWorkers }: HealthHandlerOptions = {},
): Promise<Stage> {
  let current = health;
  const source = {
    health: () => {
      if (current === undefined) throw new Error('broken');
      return current;
    },
  };
  const server = await LoopbackServer.start(healthHandler(source, { needsWorkers }));
  return {
    get: (path, init) => fetch(`${server.url}${path}`, init),
    setHealth: (next) => {
      current = next;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

interface Stage extends AsyncDisposable {
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  readonly setHealth: (health: ClientHealth) => void;
}

async function statusesOf({ get }: Stage): Promise<readonly number[]> {
  const answers = await Promise.all(['/livez', '/readyz', '/healthz'].map((path) => get(path)));
  return answers.map(({ status }) => status);
}

const failed = 'The worker of task queue "extraction" has failed, and nothing takes its place.';
const starting = 'The worker of task queue "extraction" is being made.';

describe('healthHandler', () => {
  it('answers 200 to everything when the worker polls', async () => {
    await using stage = await openStage(healthOf());
    expect(await statusesOf(stage)).toEqual([200, 200, 200]);
    expect(await (await stage.get('/livez')).json()).toEqual({ status: 'pass', reasons: [] });
    expect(await (await stage.get('/readyz')).json()).toEqual({
      status: 'pass',
      reasons: [],
      conditions: [],
    });
    expect(await (await stage.get('/healthz')).json()).toMatchObject({ status: 'pass', reasons: [] });
  });

  it('answers 503 to /readyz alone, with the reason, when the worker is alive and not ready', async () => {
    await using stage = await openStage(withWorker({ state: 'STARTING' }));
    expect(await statusesOf(stage)).toEqual([200, 503, 200]);
    expect(await (await stage.get('/livez')).json()).toEqual({ status: 'pass', reasons: [] });
    expect(await (await stage.get('/readyz')).json()).toMatchObject({ status: 'fail', reasons: [starting] });
    expect(await (await stage.get('/healthz')).json()).toMatchObject({ status: 'warn', reasons: [starting] });
  });

  it('answers 503 to everything, with the reason, when the worker has failed', async () => {
    await using stage = await openStage(withWorker({ state: 'FAILED' }));
    expect(await statusesOf(stage)).toEqual([503, 503, 503]);
    for (const path of ['/livez', '/readyz', '/healthz'])
      expect(await (await stage.get(path)).json()).toMatchObject({ status: 'fail', reasons: [failed] });
  });

  it('lists the codes of what is wrong at /readyz, and is ready all the same', async () => {
    const at = '2026-01-01T00:00:00.000Z';
    const condition = { code: 'NO_TOKEN', severity: 'critical', cause: 'no', scope: {} } as const;
    const times = { since: at, lastAt: at, nextAttemptAt: undefined, remedy: '' };
    await using stage = await openStage(healthOf({ conditions: [{ ...condition, ...times }] }));
    expect(await statusesOf(stage)).toEqual([200, 200, 200]);
    const body = await (await stage.get('/readyz')).json();
    expect(body).toEqual({ status: 'warn', reasons: [], conditions: ['NO_TOKEN'] });
  });

  it('looks at the health anew with each request', async () => {
    await using stage = await openStage(withWorker({ state: 'STARTING' }));
    expect((await stage.get('/readyz')).status).toBe(503);
    stage.setHealth(healthOf());
    expect((await stage.get('/readyz')).status).toBe(200);
  });

  it('answers 503 to everything when health() throws', async () => {
    await using stage = await openStage(undefined);
    expect(await statusesOf(stage)).toEqual([503, 503, 503]);
    const reasons = ['The health is not known: health() throws.'];
    expect(await (await stage.get('/livez')).json()).toEqual({ status: 'fail', reasons });
    stage.setHealth(healthOf());
    expect(await statusesOf(stage)).toEqual([200, 200, 200]);
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

  it.each(['/livez', '/readyz', '/healthz'])('answers HEAD of %s as GET, without the body', async (path) => {
    await using stage = await openStage(withWorker({ state: 'FAILED' }));
    const [got, head] = [await stage.get(path), await stage.get(path, { method: 'HEAD' })];
    expect(head.status).toBe(503);
    for (const name of ['content-type', 'content-length', 'cache-control'])
      expect(head.headers.get(name)).toBe(got.headers.get(name));
    expect(await head.text()).toBe('');
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(await got.text())));
  });

  it.each(['/', '/metrics', '/livez/', '/constructor', '//', '/livez%00'])('knows no %s', async (path) => {
    await using stage = await openStage(healthOf());
    const answer = await stage.get(path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(answer.headers.get('allow')).toBeNull();
    expect(await answer.text()).toBe('Not found: there are /livez, /readyz and /healthz\n');
    expect((await stage.get(path, { method: 'POST', body: 'x' })).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('rejects %s, and says what it takes', async (method) => {
    await using stage = await openStage(healthOf());
    const answer = await stage.get('/livez', { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe('Only GET and HEAD\n');
  });
});
