import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { AuthHealth, ClientHealth } from '../health/client-health.ts';
import type { WorkerEvents } from '../worker/worker-events.ts';

/** A `TemporalWorkflowClient` or the plugin. */
export interface ObservedClient {
  on<K extends keyof (TokenManagerEvents & WorkerEvents)>(
    event: K,
    listener: (event: (TokenManagerEvents & WorkerEvents)[K]) => void,
  ): () => void;
  health(): ClientHealth;
}

/** An `AtlanAuthClient`, or the plugin of clients without a worker. */
export interface ObservedTokens {
  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void;
  health(): AuthHealth | ClientHealth;
}

export function isClient(source: ObservedTokens): source is ObservedClient {
  return 'workers' in source.health();
}

/** Where there are tokens alone, nothing is known of Temporal. */
export function healthOf(source: ObservedTokens): Omit<ClientHealth, 'state'> {
  const health = source.health();
  if ('workers' in health) return health;
  const temporal = { state: 'unknown', sinceMs: undefined, reason: undefined } as const;
  return { auth: health, temporal, certificate: undefined, workers: [] };
}
