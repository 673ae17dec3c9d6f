import type { Clock } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import type { ClientCertificates } from '../certificates/client-certificates.ts';
import { authHealth, certificateHealth, type ClientHealth, temporalHealth } from '../health/client-health.ts';
import type { FollowedWorkers } from '../worker/followed-workers.ts';
import { GuardedConnections } from '../worker/guarded-connections.ts';
import type { AtlanAuthClient } from './atlan-auth-client.ts';

/** What is looked at for the health of a plugin. */
export interface PluginHealthParts {
  readonly state: ClientHealth['state'];
  /** `undefined` where the tokens are of a source of the user's own, of which no more is known than whether there is one. */
  readonly auth: AtlanAuthClient | undefined;
  readonly tokens: TokenSource | undefined;
  readonly certificates: ClientCertificates | undefined;
  /** Those that nothing guards have no connection that is watched. */
  readonly workers: GuardedConnections | FollowedWorkers;
  readonly clock: Clock;
}

export function pluginHealth({
  state,
  auth,
  tokens,
  certificates,
  workers,
  clock,
}: PluginHealthParts): ClientHealth {
  const known =
    workers instanceof GuardedConnections
      ? workers.health()
      : { temporal: temporalHealth(undefined, clock), workers: workers.health() };
  return {
    ...{ state, ...known },
    auth: auth?.health() ?? authHealth({ isValid: tokens?.peek() !== undefined }),
    certificate: certificateHealth(certificates?.notAfter, clock),
  };
}
