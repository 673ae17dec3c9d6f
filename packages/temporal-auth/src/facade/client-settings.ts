import type { Logger } from '@temporalio/common';
import { checkRange, type Clock, maxTimerMs, systemClock } from '@worker-auth/inlined';
import { ClientCertificates } from '../certificates/client-certificates.ts';
import type { TemporalWorkflowClientOptions } from '../configuration/client-options.ts';
import {
  type ConnectionConfiguration,
  readConnectionConfiguration,
} from '../configuration/connection-configuration.ts';
import {
  type CheckedConnectionOptions,
  checkConnectionOptions,
} from '../configuration/connection-options.ts';
import { type Network, readNetwork } from '../configuration/network.ts';
import { checkTls, isRotating } from '../configuration/tls-options.ts';
import { checkMetadata, type ConnectionSettings } from '../connection/connection-settings.ts';
import { checkRoutes } from '../connection/routed-options.ts';
import { defaultLogger, harmless } from '../tokens/logger.ts';

/** As long as a stack takes that starts as a whole, in milliseconds. */
const defaultBootTimeoutMs = 120_000;

/** {@link TemporalWorkflowClientOptions} apart from those of the tokens: checked, copied and with defaults. */
export interface ClientSettings extends CheckedConnectionOptions {
  readonly configuration: ConnectionConfiguration;
  readonly network: Network;
  /** In lower case, without authorization. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `undefined` when the secret decides, or certificates rotate. */
  readonly tls: ConnectionSettings['tls'] | undefined;
  /** Where certificates rotate. */
  readonly certificates: ClientCertificates | undefined;
  readonly client: TemporalWorkflowClientOptions['client'];
  readonly autoStart: boolean;
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
  const { bootTimeoutMs = defaultBootTimeoutMs, token, tls } = options;
  const clock = token?.clock ?? systemClock;
  const random = token?.random ?? Math.random;
  const logger = harmless(options.logger ?? defaultLogger());
  checkTls(tls);
  checkRange('bootTimeoutMs', bootTimeoutMs, { min: 0, max: maxTimerMs });
  const env = options.env ?? process.env;
  const connections = checkConnectionOptions(options);
  const configuration = readConnectionConfiguration(options, env);
  const network = readNetwork(options, env);
  const ways = { ...connections, tls: isRotating(tls) ? tls.caFile === undefined : tls };
  checkRoutes({ ...ways, address: configuration.address }, network);
  return {
    ...connections,
    ...{ bootTimeoutMs, configuration, network },
    metadata: checkMetadata(options.metadata),
    tls: isRotating(tls) ? undefined : tls,
    certificates: isRotating(tls) ? new ClientCertificates(tls, { clock, random, logger }) : undefined,
    client: { ...options.client },
    autoStart: options.autoStartTokenRefresh ?? true,
    ...{ clock, random, logger },
  };
}
