import type { Environment } from '@worker-auth/inlined';
import { type ConnectionConfiguration, readConnectionConfiguration } from './connection-configuration.ts';
import { type Network, type NetworkOptions, readNetwork } from './network.ts';
import { type Profile, type ProfileOptions, readProfile } from './profile.ts';
import { checkTls, type TlsOptions } from './tls-options.ts';

/** The options that say where Temporal is, and how it is reached. */
export interface TemporalOptions<Tls extends TlsOptions> extends NetworkOptions, ProfileOptions {
  readonly host?: string | undefined;
  readonly port?: number | string | undefined;
  readonly namespace?: string | undefined;
  readonly tls?: Tls | undefined;
}

/** {@link TemporalOptions}, read. */
export interface TemporalSettings<Tls extends TlsOptions> {
  readonly place: ConnectionConfiguration;
  readonly network: Network;
  /** `undefined` where neither an option nor a profile says it. */
  readonly tls: Tls | Profile['tls'];
  readonly profile: Profile | undefined;
}

/**
 * Where Temporal is, and how it is reached: options, then `ATLAN_WORKFLOW_…` variables, then the profile, if one is asked for.
 *
 * @throws ConfigurationError for an option or a variable that makes no sense, and for a profile that cannot be used
 * @throws TypeError as {@link checkTls}
 */
export function readTemporalSettings<Tls extends TlsOptions>(
  options: TemporalOptions<Tls>,
  env: Environment,
): TemporalSettings<Tls> {
  checkTls(options.tls);
  const profile = readProfile(options, env);
  return {
    place: readConnectionConfiguration(options, env, profile),
    network: readNetwork(options, env),
    tls: options.tls ?? profile?.tls,
    profile,
  };
}
