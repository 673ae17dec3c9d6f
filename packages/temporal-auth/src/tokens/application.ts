import type { Logger } from '@temporalio/common';
import { readApplicationName } from '../settings/application-name.ts';
import { readAuthEnabled } from '../settings/auth-configuration.ts';
import type { AtlanAuthClientOptions } from '../settings/auth-options.ts';
import { defaultLogger, harmless } from '../settings/logger.ts';
import { ApplicationTokens } from './application-tokens.ts';

/** An application and its tokens. */
export interface Application {
  readonly name: string;
  /** `undefined` when authentication is off. */
  readonly tokens: ApplicationTokens | undefined;
}

/**
 * Reads the options that are about tokens.
 *
 * @throws ConfigurationError for an option or a variable that makes no sense, and when nothing names the application
 * @throws TypeError or RangeError for options that contradict each other or lie outside their range
 */
export function readApplication(options: AtlanAuthClientOptions): Application {
  const { env = process.env } = options;
  const name = readApplicationName(options, env);
  const logger: Logger = harmless(options.logger ?? defaultLogger());
  const tokens = readAuthEnabled(options, env)
    ? new ApplicationTokens({ ...options, applicationName: name }, env, logger)
    : undefined;
  return { name, tokens };
}
