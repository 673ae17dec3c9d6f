import { FakeClock } from '@worker-auth/testing-fakes';
import type { TokenSource } from '@worker-auth/token-manager';
import { describe, expect, it } from 'vitest';
import { RefusedTokens } from '../../src/tokens/token-replacement.ts';
import type { ProbeAnswer } from '../../src/connection/probe.ts';
import { Watchdog } from '../../src/worker/token-monitor.ts';

const good: ProbeAnswer = { kind: 'good' };
const refused: ProbeAnswer = { kind: 'refused', reason: 'Request unauthorized.' };
const unreachable: ProbeAnswer = { kind: 'unreachable', reason: 'connection refused' };

/** A connection, a token source and a Temporal of which a test says what it makes of a token. */
function openScene() {
  const clock = new FakeClock();
  const listeners = new Set<(token: string) => void>();
  const scene = {
    clock,
    held: 'token-1',
    newest: 'token-1' as string | undefined,
    /** Of each token; what it was asked for is in {@link probes}. */
    answer: (() => good) as (token: string) => ProbeAnswer | Promise<ProbeAnswer>,
    probes: [] as { readonly token: string; readonly atMs: number }[],
    asked: [] as (string | undefined)[],
    failure: undefined as Error | undefined,
    health: [] as string[],
  };
  const startMs = clock.monotonicNow();
  const tokens: TokenSource = {
    peek: () => scene.newest,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getToken: ({ rejectedToken } = {}) => {
      scene.asked.push(rejectedToken);
      if (scene.failure !== undefined) return Promise.reject(scene.failure);
      const next = `token-${scene.asked.length + 1}`;
      scene.newest = next;
      scene.held = next;
      return Promise.resolve(next);
    },
  };
  const watchdog = new Watchdog({
    tokens,
    clock,
    random: () => 0,
    heldToken: () => scene.held,
    probe: async (signal) => {
      signal.throwIfAborted();
      scene.probes.push({ token: scene.held, atMs: clock.monotonicNow() - startMs });
      return scene.answer(scene.held);
    },
  });
  watchdog.on('health', ({ kind }) => scene.health.push(kind));
  return { scene, watchdog, clock, tokens, listeners, times: () => scene.probes.map(({ atMs }) => atMs) };
}

describe('while all is well', () => {
  it('probes at once and then each 20 s, less an eighth at the least', async () => {
    const { watchdog, clock, times, scene } = openScene();
    expect(watchdog.health).toEqual({ kind: 'unknown' });
    watchdog.start();
    await clock.advance(60_000);
    expect(times()).toEqual([0, 17_500, 35_000, 52_500]);
    expect(scene).toMatchObject({ asked: [], health: ['good'] });
    await watchdog.stop();
  });

  it('probes 300 ms after something that only a probe can tell of, once for all of them, and each 2 s at the most', async () => {
    const { watchdog, clock, times } = openScene();
    watchdog.start();
    await clock.advance(5_000);
    watchdog.probeSoon();
    await clock.advance(200);
    watchdog.probeSoon();
    await clock.advance(100);
    expect(times()).toEqual([0, 5_300]);
    watchdog.probeSoon();
    await clock.advance(1_999);
    watchdog.probeSoon();
    expect(times()).toEqual([0, 5_300]);
    await clock.advance(1);
    expect(times()).toEqual([0, 5_300, 7_300]);
    await clock.advance(17_499);
    expect(times()).toEqual([0, 5_300, 7_300]);
    await clock.advance(1);
    expect(times()).toEqual([0, 5_300, 7_300, 24_800]);
    await watchdog.stop();
  });

  it('probes soon after a call that was refused, over whatever connection', async () => {
    const { watchdog, clock, times, tokens } = openScene();
    watchdog.start();
    await clock.advance(5_000);
    RefusedTokens.of(tokens, clock).report('token-1');
    await clock.advance(300);
    expect(times()).toEqual([0, 5_300]);
    await watchdog.stop();
    RefusedTokens.of(tokens, clock).report('token-1');
    expect(clock.pendingTimers).toBe(0);
  });

  it('never probes later because something was told', async () => {
    const { watchdog, clock, times } = openScene();
    watchdog.start();
    await clock.advance(17_300);
    watchdog.probeSoon();
    await clock.advance(300);
    expect(times()).toEqual([0, 17_500]);
    await watchdog.stop();
  });

  it('started twice it probes once', async () => {
    const { watchdog, clock, times } = openScene();
    watchdog.start();
    watchdog.start();
    await clock.advance(1);
    expect(times()).toEqual([0]);
    await watchdog.stop();
  });
});

describe('a refused token', () => {
  it('is replaced at once, and the new one is probed at once', async () => {
    const { watchdog, clock, scene } = openScene();
    scene.answer = (token) => (token === 'token-1' ? refused : good);
    watchdog.start();
    await clock.advance(1);
    expect(scene.asked).toEqual(['token-1']);
    expect(scene.probes.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
    expect(scene.health).toEqual(['refused', 'good']);
    await watchdog.stop();
  });

  it('is known to be bad until a probe is good', async () => {
    const { watchdog, clock, scene } = openScene();
    scene.answer = () => refused;
    expect(watchdog.isBad).toBe(false);
    watchdog.start();
    await clock.advance(1_000);
    expect(watchdog.isBad).toBe(true);
    await clock.advance(10_000);
    expect(watchdog.isBad).toBe(true);
    scene.answer = () => good;
    await clock.advance(3_000);
    expect(watchdog.isBad).toBe(false);
    await watchdog.stop();
  });

  it('that is itself new is given time: 1 s, and twice as long each time, up to a minute', async () => {
    const { watchdog, clock, scene } = openScene();
    scene.answer = () => refused;
    watchdog.start();
    const askedAt: number[] = [];
    for (let halfSecond = 0; halfSecond <= 480; halfSecond++) {
      const before = scene.asked.length;
      await clock.advance(halfSecond === 0 ? 1 : 500);
      if (scene.asked.length > before) askedAt.push(halfSecond / 2);
    }
    const gaps = askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0));
    // It is asked at the first probe after the wait is over, and probes are 3 s apart at most.
    const waits = [1, 2, 4, 8, 16, 32, 60, 60];
    expect(gaps.map((gap, index) => gap >= (waits[index] ?? 0) && gap <= (waits[index] ?? 0) + 3.5)).toEqual(
      gaps.map(() => true),
    );
    expect(gaps.length).toBeGreaterThanOrEqual(7);
    await watchdog.stop();
  });

  it('is asked to be replaced again when that failed, at the pace of the probes', async () => {
    const { watchdog, clock, scene } = openScene();
    const failures: unknown[] = [];
    watchdog.on('refreshFailed', (error) => failures.push(error));
    scene.answer = (token) => (token === 'token-1' ? refused : good);
    scene.failure = new Error('the identity provider is away');
    watchdog.start();
    await clock.advance(1_600);
    expect(failures).toEqual([scene.failure, scene.failure, scene.failure]);
    expect(scene.asked).toEqual(['token-1', 'token-1', 'token-1']);
    scene.failure = undefined;
    await clock.advance(3_000);
    expect(scene.health).toEqual(['refused', 'good']);
    await watchdog.stop();
  });
});

describe('what is known of a token', () => {
  it('is probed at the pace of troubles while the connection does not take the new one', async () => {
    const { watchdog, clock, scene, times } = openScene();
    scene.newest = 'token-2';
    scene.answer = () => {
      if (scene.probes.length > 20) throw new Error('without a wait');
      return refused;
    };
    watchdog.start();
    await clock.advance(9_000);
    expect(times()).toEqual([0, 0, 1_000, 3_000, 6_000, 9_000]);
    expect(scene.asked).toEqual([]);
    await watchdog.stop();
  });

  it('says why it is bad and since when, and nothing of that when it is good', async () => {
    const { watchdog, clock, scene } = openScene();
    watchdog.start();
    await clock.advance(1_000);
    expect(watchdog.health).toEqual({ kind: 'good' });
    scene.answer = () => refused;
    scene.failure = new Error('the identity provider is away');
    const since = { monotonicMs: clock.monotonicNow(), wallMs: clock.wallNow() };
    watchdog.probeSoon(0);
    await clock.advance(0);
    expect(watchdog.health).toEqual({ ...refused, since });
    await clock.advance(10_000);
    expect(watchdog.health).toEqual({ ...refused, since });
    await watchdog.stop();
  });
});

describe('a Temporal out of reach', () => {
  it('is known by the first probe of all', async () => {
    const { watchdog, clock, scene } = openScene();
    scene.answer = () => unreachable;
    watchdog.start();
    await clock.advance(1);
    expect(scene.health).toEqual(['unreachable']);
    await watchdog.stop();
  });

  it('is probed again after 0.5, 1, 2 and then each 3 s, and no token is asked for', async () => {
    const { watchdog, clock, scene, times } = openScene();
    scene.answer = () => unreachable;
    watchdog.start();
    await clock.advance(10_000);
    expect(times()).toEqual([0, 500, 1_500, 3_500, 6_500, 9_500]);
    expect(scene).toMatchObject({ asked: [], health: ['unreachable'] });
    expect(watchdog).toMatchObject({ isBad: true, health: { reason: 'connection refused' } });
    scene.answer = () => good;
    await clock.advance(3_000);
    expect(scene.health).toEqual(['unreachable', 'good']);
    await watchdog.stop();
  });
});

it('a refused token whose connection breaks, and the other way round, is bad for the new reason at once', async () => {
  const { watchdog, clock, scene } = openScene();
  scene.answer = () => refused;
  watchdog.start();
  await clock.advance(1);
  scene.answer = () => unreachable;
  await clock.advance(3_000);
  scene.answer = () => refused;
  await clock.advance(3_000);
  expect(scene.health).toEqual(['refused', 'unreachable', 'refused']);
  await watchdog.stop();
});

describe('a single answer that does not come', () => {
  it('is asked for again soon, and counts only when the next one does not come either', async () => {
    const { watchdog, clock, scene, times } = openScene();
    watchdog.start();
    await clock.advance(1);
    scene.answer = () => unreachable;
    watchdog.probeSoon(0);
    await clock.advance(1);
    expect(watchdog).toMatchObject({ isBad: false, health: { kind: 'good' } });
    scene.answer = () => good;
    await clock.advance(500);
    expect(times()).toEqual([0, 1, 501]);
    expect(scene.health).toEqual(['good']);
    scene.answer = () => unreachable;
    watchdog.probeSoon(0);
    await clock.advance(501);
    expect(scene.health).toEqual(['good', 'unreachable']);
    await watchdog.stop();
  });
});

describe('a token whose life is over by our own clock', () => {
  it('is bad, whatever the last probe said, until there is another', async () => {
    const { watchdog, clock, scene } = openScene();
    watchdog.start();
    await clock.advance(1);
    scene.newest = undefined;
    expect(watchdog).toMatchObject({ isBad: true, health: { kind: 'good' } });
    await clock.advance(30_000);
    expect(watchdog.isBad).toBe(true);
    scene.newest = 'token-2';
    expect(watchdog.isBad).toBe(false);
    await watchdog.stop();
  });
});

it('an answer counts for nothing when the token was replaced during the probe', async () => {
  const { watchdog, clock, scene } = openScene();
  const pending = Promise.withResolvers<ProbeAnswer>();
  scene.answer = (token) => (token === 'token-1' ? pending.promise : good);
  watchdog.start();
  await clock.advance(1);
  scene.held = 'token-9';
  pending.resolve(refused);
  await clock.advance(1);
  expect(scene).toMatchObject({ asked: [], health: ['good'] });
  expect(scene.probes.map(({ token }) => token)).toEqual(['token-1', 'token-9']);
  await watchdog.stop();
});

describe('stop()', () => {
  it('ends the probes for good, and leaves no timer', async () => {
    const { watchdog, clock, times } = openScene();
    watchdog.start();
    await clock.advance(1);
    await watchdog.stop();
    watchdog.start();
    watchdog.probeSoon(0);
    await clock.advance(60_000);
    expect(times()).toEqual([0]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('listens to nobody from then on, and tells of no refresh that fails after it', async () => {
    const { watchdog, clock, scene, tokens, listeners } = openScene();
    const failures: unknown[] = [];
    watchdog.on('refreshFailed', (error) => failures.push(error));
    const pending = Promise.withResolvers<string>();
    tokens.getToken = () => pending.promise;
    scene.answer = () => refused;
    watchdog.start();
    await clock.advance(1);
    expect(listeners.size).toBe(1);
    await watchdog.stop();
    expect(listeners.size).toBe(0);
    pending.reject(new Error('the identity provider is away'));
    await clock.advance(0);
    expect(failures).toEqual([]);
  });
});
