import type { ClientHealth } from '@worker-auth/calls/tokens/client-health';
import type { WorkerHealth } from '@worker-auth/calls/conditions/worker-health';

export const healthyWorker: WorkerHealth = {
  ...{ taskQueue: 'extraction', state: 'RUNNING', restarts: 0 },
};

/** Of a client with one worker, of which nothing is wrong, but for what is given. */
export function healthOf(changes: Partial<ClientHealth> = {}): ClientHealth {
  return {
    state: 'loaded',
    auth: {
      ...{ state: 'valid', expiresInMs: 252_400, refreshInMs: 192_000 },
      credentialsSource: 'the environment',
    },
    temporal: { state: 'good', wasAccepted: true },
    conditions: [],
    certificate: undefined,
    workers: [healthyWorker],
    ...changes,
  };
}

/** As {@link healthOf}, with one worker that is like this. */
export function withWorker(changes: Partial<WorkerHealth>): ClientHealth {
  return healthOf({ workers: [{ ...healthyWorker, ...changes }] });
}
