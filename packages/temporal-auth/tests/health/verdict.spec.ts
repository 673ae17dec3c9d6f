import { describe, expect, it } from 'vitest';
import type { AuthHealth, ClientHealth, TemporalHealth } from '@worker-auth/calls/tokens/client-health';
import { judge, type Verdict } from '../../src/health/health-handler.ts';
import { healthOf, healthyWorker, withWorker } from '../support/healthy.ts';

const off: AuthHealth = {
  ...{ state: 'off', expiresInMs: undefined, refreshInMs: undefined, credentialsSource: undefined },
};
const at = '2026-01-01T00:00:00.000Z';
const conditions: ClientHealth['conditions'] = [
  {
    ...{ code: 'NO_TOKEN', severity: 'critical', cause: 'unknown client.', scope: {}, since: at, lastAt: at },
    ...{ nextAttemptAt: undefined, remedy: '' },
  },
];
const missing: AuthHealth = { ...off, state: 'missing' };
const unknown: TemporalHealth = { state: 'unknown', wasAccepted: false };
const rejected: TemporalHealth = { state: 'rejected', wasAccepted: false };
const noWorkers: Partial<ClientHealth> = { temporal: unknown, workers: [] };
const idle: Partial<ClientHealth> = { ...noWorkers, auth: missing };

const judged = (health: ClientHealth, needsWorkers = true): Verdict => judge(health, needsWorkers);

describe('judge', () => {
  it.each<[string, ClientHealth]>([
    ['a worker that polls', healthOf()],
    ['a valid token that could not be refreshed yet', healthOf({ conditions })],
    ['a worker without authentication', healthOf({ temporal: unknown, auth: off })],
    ['one of a plugin with nothing to load', healthOf({ state: 'new', temporal: unknown, auth: off })],
    ['a rejection after the token was accepted', healthOf({ temporal: { ...rejected, wasAccepted: true } })],
    ['an outage after that', healthOf({ temporal: { state: 'unreachable', wasAccepted: true } })],
    ['the end of a token after that', healthOf({ auth: missing, conditions })],
  ])('takes for ready: %s', (_name, health) => {
    expect(judged(health)).toEqual({ dead: [], unready: [] });
  });

  it.each<[string, ClientHealth, string]>([
    [
      'a new client',
      healthOf({ ...idle, state: 'new' }),
      'The client is not loaded: await its load(), or ready() of the plugin.',
    ],
    ['a client that loads', healthOf({ ...idle, state: 'loading' }), 'The client is loading.'],
    ['a client that is being closed', healthOf({ state: 'closing' }), 'The client is being closed.'],
    ['no worker', healthOf(noWorkers), 'There is no worker.'],
    ['a worker that was made', withWorker({ state: 'INITIALIZED' }), 'has not been run.'],
    ['one that is being made', withWorker({ state: 'STARTING' }), 'is being made.'],
    ['one that is replaced', withWorker({ state: 'WAITING', restarts: 3 }), 'another one follows.'],
    ['one that is shut down', withWorker({ state: 'STOPPING' }), 'is shutting down.'],
    ['one that drains', withWorker({ state: 'DRAINING' }), 'is shutting down.'],
    ['one that has drained', withWorker({ state: 'DRAINED' }), 'is shutting down.'],
    ['one that has ended', withWorker({ state: 'STOPPED' }), 'has ended.'],
    ['no first token', healthOf({ temporal: unknown, auth: missing }), 'There is no token.'],
    [
      'none, with a reason',
      healthOf({ temporal: unknown, auth: missing, conditions }),
      'no token: unknown client.',
    ],
    ['a token never accepted', healthOf({ temporal: rejected }), 'has not accepted the token yet'],
    ['a key never accepted', healthOf({ temporal: rejected, auth: off }), 'has not accepted the token yet'],
    ['a Temporal not asked yet', healthOf({ temporal: unknown }), 'has not accepted the token yet'],
  ])('takes for alive and not ready: %s', (_name, health, said) => {
    const { dead, unready } = judged(health);
    expect(dead).toEqual([]);
    expect(unready.join('\n')).toContain(said);
  });

  it.each<[string, ClientHealth, string]>([
    [
      'a worker that is given up',
      withWorker({ state: 'FAILED' }),
      'has failed, and nothing takes its place.',
    ],
    ['a closed client', healthOf({ ...idle, state: 'closed' }), 'The client is closed for good.'],
  ])('takes for dead, and says nothing more: %s', (_name, health, said) => {
    const { dead, unready } = judged(health);
    expect(dead).toEqual([expect.stringContaining(said)]);
    expect(unready).toEqual(dead);
  });

  it('needs no worker where none is wanted, and the rest all the same', () => {
    expect(judged(healthOf(noWorkers), false)).toEqual({ dead: [], unready: [] });
    for (const health of [healthOf({ ...noWorkers, state: 'new' }), healthOf(idle)])
      expect(judged(health, false)).toEqual({ dead: [], unready: [expect.any(String)] });
    expect(judged(withWorker({ state: 'FAILED' }), false).dead).toHaveLength(1);
  });

  it('is about each worker: one that has failed is dead beside one that polls', () => {
    const workers = [
      healthyWorker,
      { ...healthyWorker, taskQueue: 'second "queue"', state: 'FAILED' as const },
      { ...healthyWorker, taskQueue: 'third', state: 'WAITING' as const },
    ];
    const failed = 'The worker of task queue "second \\"queue\\"" has failed, and nothing takes its place.';
    expect(judged(healthOf({ workers }))).toEqual({
      dead: [failed],
      unready: [failed, 'The worker of task queue "third" has failed; another one follows.'],
    });
  });
});
