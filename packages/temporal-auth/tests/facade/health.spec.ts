import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ClientEvents } from '../../src/engine.ts';
import type { ClientHealth } from '@worker-auth/calls/tokens/client-health';
import { runningWorker, watchCreations } from '../support/failing-worker.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, passUntil, settled } from '../support/scene.ts';

beforeAll(quietRuntime);
afterEach(() => {
  vi.restoreAllMocks();
});

const activities = { countRows: () => 1 };

describe('health() of a client', () => {
  it('tells what the client is doing, from the beginning to the end', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    expect(client.health()).toMatchObject({ state: 'new', auth: { state: 'missing' }, workers: [] });
    const loading = client.load();
    expect(client.health().state).toBe('loading');
    await loading;
    expect(client.health()).toMatchObject({
      ...{ state: 'loaded', temporal: { state: 'unknown' } },
      auth: { state: 'valid' },
    });
    const { expiresInMs = 0, refreshInMs = 0 } = client.health().auth;
    expect(refreshInMs).toBeGreaterThan(1_000_000);
    expect(expiresInMs).toBeGreaterThan(refreshInMs);
    await client.close();
    expect(client.health()).toMatchObject({ state: 'closed', auth: { state: 'missing' }, workers: [] });
  });

  it('is plain data without the token, which JSON can hold', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    await client.createWorker({ activities });
    await passUntil(scene, () => client.health().temporal.state === 'good');
    const health = client.health();
    const text = JSON.stringify(health);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(structuredClone(health))));
    expect(text).not.toContain(scene.oauth.issuedTokens[0]?.slice(-60, -20));
    expect(health.workers).toEqual([{ taskQueue: 'postgres-extraction', state: 'INITIALIZED', restarts: 0 }]);
    expect(health.certificate).toBeUndefined();
  });

  it('says that it is closing, and what its workers do, until close() resolves', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    const creations = watchCreations();
    const running = client.runWorker({ activities });
    await runningWorker(creations, 1);
    const closing = client.close();
    expect(client.health()).toMatchObject({
      state: 'closing',
      workers: [{ taskQueue: 'postgres-extraction' }],
    });
    await settled(scene, closing);
    expect(client.health()).toMatchObject({ state: 'closed', workers: [] });
    await running;
  });

  it.each([
    ['rejected', 'permissionDenied'],
    ['unreachable', 'unavailable'],
    ['unreachable', 'neverAnswers'],
  ] as const)(
    'says %s when Temporal answers %s to the probe, and tells those who listen',
    async (state, fault) => {
      await using scene = await openScene();
      const client = scene.createClient();
      const received: ClientHealth[] = [];
      client.on('health', (health) => received.push(health));
      await client.load();
      await client.createWorker({ activities });
      await passUntil(scene, () => client.health().temporal.state === 'good');
      scene.temporal.failWith(fault, ['RecordWorkerHeartbeat', 'Respond*']);
      await passUntil(scene, () => client.health().temporal.state === state);
      expect(client.health().temporal.wasAccepted).toBe(true);
      scene.temporal.recover();
      await passUntil(scene, () => client.health().temporal.state === 'good');
      expect(received.map(({ temporal }) => temporal.state)).toEqual(['good', state, 'good']);
    },
  );
});

describe('on() of a client', () => {
  it('tells of each probe, how it was answered and how long that took', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    const probes: ClientEvents['temporalProbed'][] = [];
    client.on('temporalProbed', (event) => probes.push(event));
    const left: unknown[] = [];
    client.on('temporalProbed', (event) => left.push(event))();
    await client.load();
    await client.createWorker({ activities });
    await passUntil(scene, () => probes.length > 0);
    scene.temporal.failWith('permissionDenied', ['RecordWorkerHeartbeat', 'Respond*']);
    await passUntil(scene, () => probes.some(({ result }) => result === 'rejected'));
    scene.temporal.failWith('neverAnswers', ['RecordWorkerHeartbeat', 'Respond*']);
    await passUntil(scene, () => probes.some(({ result }) => result === 'unreachable'));
    expect([probes[0]?.result, left]).toEqual(['good', []]);
    const unanswered = probes.find(({ result }) => result === 'unreachable');
    expect(unanswered?.durationMs).toBeGreaterThanOrEqual(5_000);
    expect(unanswered?.durationMs).toBeLessThan(5_500);
  });

  it('tells of the tokens as well, until the subscription ends', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    const numbers: number[] = [];
    const stop = client.on('tokenRefreshed', ({ tokenNumber }) => numbers.push(tokenNumber));
    await client.load();
    stop();
    await client.auth.refreshToken();
    expect(numbers).toEqual([1]);
  });
});
