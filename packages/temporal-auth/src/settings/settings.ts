import type { Logger } from '@temporalio/common';
import { checkRange, type Clock, type Environment, maxTimerMs, systemClock } from '@worker-auth/inlined';
import { type ConnectionConfiguration, readConnectionConfiguration } from './connection-configuration.ts';
import { type CheckedConnectionOptions, checkConnectionOptions } from './connection-options.ts';
import { defaultLogger, harmless } from './logger.ts';
import { checkMetadata, isAuthorization, withoutAuthorization } from './metadata.ts';
import { type Network, readNetwork } from './network.ts';
import { type Profile, readProfile } from './profile.ts';
import type { TemporalOptions } from './temporal-options.ts';
import { checkTls, type TlsOptions } from './tls-options.ts';

/** Long enough for a stack that starts as a whole, in ms. */
const defaultBootTimeoutMs = 120_000;

/** Clocks and key sets differ by less, in ms. */
const defaultNewTokenTimeoutMs = 15_000;

/** What is set for Temporal and for the connections to it: options, then the environment, then a profile; checked, with defaults. */
export interface Settings extends CheckedConnectionOptions {
  readonly place: ConnectionConfiguration;
  readonly network: Network;
  readonly profile: Profile | undefined;
  /** `undefined` when the secret decides. */
  readonly tls: TlsOptions | undefined;
  /** gRPC metadata with keys in lower case, without authorization. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Authorization that a profile has among its metadata, for calls without a token. */
  readonly authorization: Readonly<Record<string, string>>;
  readonly bootTimeoutMs: number;
  readonly newTokenTimeoutMs: number;
  readonly acknowledgeResults: boolean;
  readonly env: Environment;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Throws nothing. */
  readonly logger: Logger;
}

/**
 * Reads the options that are about Temporal.
 *
 * @throws ConfigurationError for an option or a variable that makes no sense, and for a profile that cannot be used
 * @throws TypeError for metadata that carries authorization and for options that contradict each other, RangeError for a number outside its range
 */
export function readSettings(options: TemporalOptions): Settings {
  const { env = process.env, token, acknowledgeResults = true } = options;
  const { bootTimeoutMs = defaultBootTimeoutMs, newTokenTimeoutMs = defaultNewTokenTimeoutMs } = options;
  checkRange('bootTimeoutMs', bootTimeoutMs, { min: 0, max: maxTimerMs });
  checkRange('newTokenTimeoutMs', newTokenTimeoutMs, { min: 0, max: maxTimerMs });
  checkTls(options.tls);
  const connections = checkConnectionOptions(options);
  const profile = readProfile(options, env);
  return {
    ...connections,
    ...{ bootTimeoutMs, newTokenTimeoutMs, acknowledgeResults, env, profile },
    place: readConnectionConfiguration(options, env, profile),
    network: readNetwork(options, env),
    tls: options.tls ?? profile?.tls,
    metadata: checkMetadata({ ...withoutAuthorization(profile?.metadata), ...options.metadata }),
    authorization: Object.fromEntries(
      Object.entries(profile?.metadata ?? {}).filter(([key]) => isAuthorization(key)),
    ),
    clock: token?.clock ?? systemClock,
    random: token?.random ?? Math.random,
    logger: harmless(options.logger ?? defaultLogger()),
  };
}
