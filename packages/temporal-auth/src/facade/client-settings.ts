import type { Logger } from '@temporalio/common';
import { type Clock, systemClock } from '@worker-auth/inlined';
import type { TemporalWorkflowClientOptions } from '../configuration/client-options.ts';
import {
  type ConnectionConfiguration,
  readConnectionConfiguration,
} from '../configuration/connection-configuration.ts';
import {
  type CheckedConnectionOptions,
  checkConnectionOptions,
} from '../configuration/connection-options.ts';
import { checkMetadata } from '../connection/connection-settings.ts';
import { defaultLogger, harmless } from '../tokens/logger.ts';

/** {@link TemporalWorkflowClientOptions} apart from those of the tokens: checked, copied and with defaults. */
export interface ClientSettings extends CheckedConnectionOptions {
  readonly configuration: ConnectionConfiguration;
  /** In lower case, without authorization. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `undefined` when the secret decides. */
  readonly tls: TemporalWorkflowClientOptions['tls'];
  readonly client: TemporalWorkflowClientOptions['client'];
  readonly autoStart: boolean;
  readonly clock: Clock;
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
  return {
    ...checkConnectionOptions(options),
    configuration: readConnectionConfiguration(options, options.env ?? process.env),
    metadata: checkMetadata(options.metadata),
    tls: options.tls,
    client: { ...options.client },
    autoStart: options.autoStartTokenRefresh ?? true,
    clock: options.token?.clock ?? systemClock,
    logger: harmless(options.logger ?? defaultLogger()),
  };
}
