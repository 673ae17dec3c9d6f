import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { AuthHealth, CertificateHealth, TemporalHealth, WorkerHealth } from '../health/client-health.ts';
import type { WorkerEvents } from '../worker/worker-events.ts';

/** What is looked at of the tokens, see `AuthHealth`. */
export type ObservedAuth = Pick<AuthHealth, 'expiresInMs'>;

/** What is looked at of a client, see `ClientHealth`. */
export interface ObservedHealth {
  readonly auth: ObservedAuth;
  readonly temporal: Pick<TemporalHealth, 'state'>;
  readonly certificate: CertificateHealth | undefined;
  /** The state is Temporal's word, whose types are not those of everybody: the SDK for workers is an optional peer. */
  readonly workers: readonly (Pick<WorkerHealth, 'taskQueue'> & { readonly state: string })[];
}

/** What is listened to of a client. */
export interface ObservedEvents extends TokenManagerEvents, WorkerEvents {}

/** A `TemporalWorkflowClient`, the plugin, or what tells of itself as they do. */
export interface ObservedClient {
  on<K extends keyof ObservedEvents>(event: K, listener: (event: ObservedEvents[K]) => void): () => void;
  health(): ObservedHealth;
}

/** An `AtlanAuthClient`, or the plugin of clients without a worker: there are tokens, and nothing of Temporal. */
export interface ObservedTokens {
  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void;
  health(): ObservedAuth | ObservedHealth;
}

export function isClient(source: ObservedClient | ObservedTokens): source is ObservedClient {
  return 'workers' in source.health();
}

/** Where there are tokens alone, nothing is known of Temporal. */
export function healthOf(source: ObservedClient | ObservedTokens): ObservedHealth {
  const health = source.health();
  if ('workers' in health) return health;
  return { auth: health, temporal: { state: 'unknown' }, certificate: undefined, workers: [] };
}
