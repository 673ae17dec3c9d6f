import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { AuthHealth, ClientHealth } from '../health/client-health.ts';
import type { WorkerEvents } from '../worker/worker-events.ts';

interface Observed<Events, Health> {
  on<K extends keyof Events>(event: K, listener: (event: Events[K]) => void): () => void;
  health(): Health;
}

/** A `TemporalWorkflowClient` or the plugin. */
export type ObservedClient = Observed<TokenManagerEvents & WorkerEvents, ClientHealth>;

/** An `AtlanAuthClient`, or the plugin of clients without a worker. */
export type ObservedTokens = Observed<TokenManagerEvents, AuthHealth | ClientHealth>;

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
