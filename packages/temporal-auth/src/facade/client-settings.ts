import type { Logger } from '@temporalio/common';
import { checkRange, type Clock, maxTimerMs, systemClock } from '@worker-auth/inlined';
import { ClientCertificates } from '../certificates/client-certificates.ts';
import type { TemporalWorkflowClientOptions } from '../configuration/client-options.ts';
import { readAuthEnabled } from '../configuration/auth-configuration.ts';
import type { ConnectionConfiguration } from '../configuration/connection-configuration.ts';
import {
  type CheckedConnectionOptions,
  checkConnectionOptions,
} from '../configuration/connection-options.ts';
import type { Network } from '../configuration/network.ts';
import type { Profile } from '../configuration/profile.ts';
import { readTemporalSettings } from '../configuration/temporal-settings.ts';
import { isRotating } from '../configuration/tls-options.ts';
import {
  checkMetadata,
  type ConnectionSettings,
  isAuthorization,
  withoutAuthorization,
} from '../connection/connection-settings.ts';
import { checkRoutes, shownProxy } from '../connection/routed-options.ts';
import type { TemporalTarget } from '../errors/translate.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';
import { type ProfileKey, profileKeyOf } from '../tokens/profile-key.ts';
import { defaultLogger, harmless } from '../tokens/logger.ts';

/** As long as a stack takes that starts as a whole, in milliseconds. */
const defaultBootTimeoutMs = 120_000;

/** {@link TemporalWorkflowClientOptions} apart from those of the tokens: checked, copied and with defaults. */
export interface ClientSettings extends CheckedConnectionOptions {
  readonly configuration: ConnectionConfiguration;
  readonly network: Network;
  /** In lower case; without authorization, unless a profile has it and nothing else gives a token. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `undefined` when the secret decides, or certificates rotate. */
  readonly tls: ConnectionSettings['tls'] | undefined;
  /** Where certificates rotate. */
  readonly certificates: ClientCertificates | undefined;
  readonly client: TemporalWorkflowClientOptions['client'];
  readonly autoStart: boolean;
  /** The API key of a profile, while authentication is off. */
  readonly profileKey: ProfileKey | undefined;
  readonly bootTimeoutMs: number;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Throws nothing. */
  readonly logger: Logger;
}

/**
 * Checks the options of a client and fills in the defaults.
 *
 * @throws ConfigurationError for an option or a variable that makes no sense
 * @throws TypeError for metadata that carries authorization and for options that contradict each other, RangeError for a number outside its range
 */
export function resolveClientSettings(options: TemporalWorkflowClientOptions): ClientSettings {
  const { bootTimeoutMs = defaultBootTimeoutMs, token } = options;
  const clock = token?.clock ?? systemClock;
  const random = token?.random ?? Math.random;
  const logger = harmless(options.logger ?? defaultLogger());
  checkRange('bootTimeoutMs', bootTimeoutMs, { min: 0, max: maxTimerMs });
  const env = options.env ?? process.env;
  const connections = checkConnectionOptions(options);
  const { place: configuration, network, tls, profile } = readTemporalSettings(options, env);
  const ways = { ...connections, tls: isRotating(tls) ? tls.caFile === undefined : tls };
  checkRoutes({ ...ways, address: configuration.address }, network);
  const isAuthEnabled = readAuthEnabled(options, env);
  const profileKey = isAuthEnabled ? undefined : profileKeyOf(profile, options, env);
  const isTokenSent = isAuthEnabled || profileKey !== undefined;
  return {
    ...connections,
    ...{ bootTimeoutMs, configuration, network, profileKey },
    metadata: mergedMetadata(options.metadata, profile?.metadata, isTokenSent),
    tls: isRotating(tls) ? undefined : tls,
    certificates: isRotating(tls) ? new ClientCertificates(tls, { clock, random, logger }) : undefined,
    client: { ...options.client },
    autoStart: options.autoStartTokenRefresh ?? true,
    ...{ clock, random, logger },
  };
}

/** What messages say of the Temporal that is called with these tokens. */
export function targetOf(
  { configuration, network, profileKey, certificates }: ClientSettings,
  tokens: TemporalTokens | undefined,
): TemporalTarget {
  const { address, namespace } = configuration;
  const proxy = shownProxy(address, network);
  return {
    ...{ address, namespace, authEnabled: tokens !== undefined },
    ...(proxy !== undefined && { proxy }),
    ...(profileKey !== undefined && { isApiKey: true }),
    ...(certificates !== undefined && { hasCertificate: true }),
  };
}

/** Authorization of a profile is for a Temporal that gets no token: it would win over that, silently. */
function mergedMetadata(
  given: TemporalWorkflowClientOptions['metadata'],
  ofProfile: Profile['metadata'] = {},
  isTokenSent: boolean,
): Readonly<Record<string, string>> {
  const checked = checkMetadata({ ...withoutAuthorization(ofProfile), ...given });
  const authorization = Object.entries(ofProfile).filter(([key]) => !isTokenSent && isAuthorization(key));
  return { ...checked, ...Object.fromEntries(authorization) };
}
