import { Emitter } from '@worker-auth/refresh-scheduler';
import { describe, expect, it } from 'vitest';
import type { WorkerEvents } from '../../src/worker/worker-events.ts';
import { FakeConnection, native } from '../support/fake-guarded.ts';
import { type GuardScene, openGuard } from '../support/open-guard.ts';

/** Temporal says no to each probe from now on, or again yes. */
async function answer({ connection, clock }: GuardScene, refusal: Error | undefined): Promise<void> {
  connection.refusal = refusal;
  await clock.advance(600_000);
}

const refusal = Object.assign(new Error('no'), { code: 7, details: 'no', metadata: {} });

describe('ConnectionGuard', () => {
  it('asks Temporal in its namespace at once, and tells of the answer', async () => {
    const events = new Emitter<WorkerEvents>();
    const told: unknown[] = [];
    events.on('temporalProbed', (event) => told.push(event));
    const { connection, guard } = await openGuard({ events });
    expect(connection.probes).toEqual(['ours']);
    expect(guard.namespace).toBe('ours');
    expect(told).toEqual([{ answer: 'good', durationMs: 0 }]);
    expect(guard.events).toBe(events);
    await guard.stop();
  });

  it('tells how long an answer took', async () => {
    const { connection, clock, guard } = await openGuard();
    const told: unknown[] = [];
    guard.events.on('temporalProbed', (event) => told.push(event));
    connection.withAbortSignal = () => new Promise(() => undefined);
    guard.watchdog.probeSoon(0);
    await clock.advance(3_000);
    expect(told).toEqual([{ answer: 'unreachable', durationMs: 3_000 }]);
    await guard.stop();
  });

  it('follows the connection that is in place', async () => {
    const { guard, pushed } = await openGuard();
    const next = new FakeConnection();
    await pushed.succeed(native(next), pushed.held);
    expect(guard.connection).toBe(next);
    await guard.following.workflowService.recordWorkerHeartbeat({ namespace: 'other' });
    expect(next.probes).toEqual(['other']);
    await guard.stop();
  });

  it('watches the token that the connection has', async () => {
    const { guard, tokens, pushed, connection } = await openGuard();
    connection.pushError = new Error('not now');
    tokens.renew('second');
    await pushed.pushed();
    expect(guard.watchdog.heldToken).toBe('first');
    await guard.stop();
  });
});

describe('the log of a guard', () => {
  it.each([
    [undefined, 'access token'],
    ['client certificate', 'client certificate'],
  ] as const)('tells of a refusal and of its end (%s)', async (credential, shown) => {
    const scene = await openGuard({ credential });
    await answer(scene, refusal);
    await answer(scene, undefined);
    expect(scene.log.entries.map(({ level, message }) => `${level} ${message}`)).toEqual([
      `WARN Temporal refuses the ${shown}; another one is requested: no`,
      expect.stringMatching(new RegExp(`^INFO Temporal takes the ${shown} again, after [\\d.]+ s$`)),
    ]);
    await scene.guard.stop();
  });

  it('tells of no answer, and for how long there was none, since the trouble began', async () => {
    const scene = await openGuard();
    const { guard, connection, clock, log } = scene;
    connection.refusal = new Error('nobody there');
    guard.watchdog.probeSoon(0);
    await clock.advance(10_000);
    const began = clock.monotonicNow();
    expect(log.messages('WARN')).toEqual(['Temporal does not answer: nobody there']);
    await clock.advance(90_000);
    connection.refusal = undefined;
    guard.watchdog.probeSoon(0);
    await clock.advance(0);
    const seconds = Number(/after ([\d.]+) s/.exec(log.messages('INFO')[0] ?? '')?.[1]);
    expect(seconds).toBeGreaterThanOrEqual((clock.monotonicNow() - began) / 1_000);
    expect(seconds).toBeLessThan(101);
    await guard.stop();
  });

  it('says nothing of a token that was never refused', async () => {
    const scene = await openGuard();
    await answer(scene, undefined);
    expect(scene.log.entries).toEqual([]);
    await scene.guard.stop();
  });
});

describe('a new token', () => {
  it('is given at once, whatever Temporal says of the old one', async () => {
    const { tokens, connection, guard, pushed } = await openGuard();
    // No probe would come to an end.
    connection.withAbortSignal = () => new Promise(() => undefined);
    tokens.renew('second');
    await pushed.pushed();
    expect(connection.told).toEqual(['second']);
    await guard.stop();
  });
});

describe('a guard that ends', () => {
  it('asks Temporal no more', async () => {
    const scene = await openGuard();
    const { guard, clock, connection } = scene;
    await guard.stop();
    const asked = connection.probes.length;
    await clock.advance(600_000);
    expect(connection.probes).toHaveLength(asked);
    expect(clock.pendingTimers).toBe(0);
  });
});
