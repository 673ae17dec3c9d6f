import { Emitter } from '@worker-auth/refresh-scheduler';
import { ConnectivityError } from '@worker-auth/calls/errors/temporal-auth-error';
import type { ClientEvents } from '../../src/engine.ts';
import type { ClientHealth } from '@worker-auth/calls/tokens/client-health';

const healthy: ClientHealth = {
  state: 'loaded',
  auth: {
    ...{ state: 'valid', expiresInMs: 3_600_000, refreshInMs: 1_800_000 },
    credentialsSource: 'the test',
  },
  temporal: { state: 'good', wasAccepted: true },
  conditions: [],
  certificate: { expiresInMs: 86_400_000 },
  workers: [{ taskQueue: 'orders', state: 'RUNNING', restarts: 0 }],
};

const error = new ConnectivityError('It fails', { code: 'TOKEN_SERVER_FAILED' });
const result = { activityType: 'countRows', activityId: '1', workflowId: 'extract' };

/** One of each kind but `health`, failures where they are possible. */
export const everyEvent: Omit<ClientEvents, 'health'> = {
  tokenRefreshed: {
    ...{ tokenNumber: 1, lifetimeMs: 3_600_000, nextRefreshInMs: 1_800_000 },
    ...{ credentialsSource: 'the test', rejectedEarly: 1 },
  },
  refreshFailed: {
    ...{ error, attempt: 1, retryInMs: 1_000, tokenRemainingMs: 0 },
    retryAfterOutlivesToken: false,
  },
  credentialsRejected: { error, source: 'the test' },
  tokenExpired: { tokenNumber: 1 },
  credentialsRead: { durationMs: 10, source: 'the test', error },
  tokenRequested: { durationMs: 20, error },
  temporalProbed: { result: 'rejected', durationMs: 30 },
  connectionReplaced: { address: 'temporal.example:7233', reason: 'rejected' },
  resultPending: { ...result, reason: 'no' },
  resultDelivered: result,
  resultGone: { ...result, reason: 'no such task' },
  resultAbandoned: { ...result, reason: 'it was too late', because: 'startToCloseTimeout' },
  workerStarted: { taskQueue: 'orders', attempt: 2 },
  workerFailed: { taskQueue: 'orders', error, failures: 1, retryInMs: 1_000 },
};

const names = Object.fromEntries(
  ['health', ...Object.keys(everyEvent)].map((name) => [name, true]),
) as Readonly<Record<keyof ClientEvents, true>>;

/** A client that tells of what the test says. */
export class ObservedSource {
  readonly #emitter = new Emitter<ClientEvents>(names);
  #health = healthy;
  /** How often anybody asked for its health. */
  looks = 0;

  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#emitter.on(event, listener);
  }

  health(): ClientHealth {
    this.looks++;
    return this.#health;
  }

  /** It is so from now on. */
  become(health: Partial<ClientHealth>): void {
    this.#health = { ...this.#health, ...health };
  }

  /** What is left of the token from now on; `undefined` without one. */
  tokenEndsIn(expiresInMs: number | undefined): void {
    this.become({ auth: { ...healthy.auth, expiresInMs } });
  }

  /** Tells of all that is given. */
  tellAll(events: Partial<ClientEvents>): void {
    for (const [name, event] of Object.entries(events)) this.#emitter.emit(name as keyof ClientEvents, event);
  }

  tell<K extends keyof ClientEvents>(event: K, payload: ClientEvents[K]): void {
    this.#emitter.emit(event, payload);
  }
}
