import type { AtlanAuthClient } from '../facade/atlan-auth-client.ts';
import type { TemporalWorkflowClient } from '../facade/temporal-workflow-client.ts';
import type { AuthHealth, ClientHealth } from '../health/client-health.ts';

/** A `TemporalWorkflowClient`, the plugin, or what tells of itself as they do. */
export type ObservedClient = Pick<TemporalWorkflowClient, 'on' | 'health'>;

/** An `AtlanAuthClient`: there are tokens, and nothing of Temporal. */
export type ObservedTokens = Pick<AtlanAuthClient, 'on' | 'health'>;

export function isClient(source: ObservedClient | ObservedTokens): source is ObservedClient {
  return 'workers' in source.health();
}

/** What there is to know of Temporal, where there are tokens alone: nothing. */
export type ObservedHealth = Pick<ClientHealth, 'temporal' | 'certificate' | 'workers'> & {
  readonly auth: AuthHealth;
};

export function healthOf(source: ObservedClient | ObservedTokens): ObservedHealth {
  if (isClient(source)) return source.health();
  return {
    auth: source.health(),
    temporal: { state: 'unknown', sinceMs: undefined, reason: undefined },
    certificate: undefined,
    workers: [],
  };
}
