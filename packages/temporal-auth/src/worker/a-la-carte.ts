import type { Logger } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { type Clock, systemClock } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import type { PushedConnection } from '../connection/pushed-connection.ts';
import { messageOf, translate } from '../errors/translate.ts';
import { defaultLogger, harmless } from '../tokens/logger.ts';
import { ConnectionGuard } from './connection-guard.ts';

/** Settings of {@link watchdog}. */
export interface WatchdogSettings {
  /** Default `default`. */
  readonly namespace?: string | undefined;
  /** `host:port` of Temporal, for messages. */
  readonly address?: string | undefined;
  readonly logger?: Logger | undefined;
  /** Default: the host's. */
  readonly clock?: Clock | undefined;
}

/**
 * Asks Temporal again and again whether it takes the token of a native connection, and sees to another token when it does not; see the
 * README for how often. One for each connection, whatever the number of workers on it. Ends with `stop()`, or when the connection is closed.
 *
 * ```ts
 * const guard = watchdog(tokens, await attach(tokens, connection), { namespace: 'extraction' });
 * guard.watchdog.on('health', ({ kind }) => console.log(kind));
 * ```
 */
export function watchdog(
  tokens: TokenSource,
  attached: PushedConnection<NativeConnection>,
  { namespace = 'default', address = 'its address', logger, clock = systemClock }: WatchdogSettings = {},
): ConnectionGuard {
  const target = { address, namespace, authEnabled: true };
  const explain = (error: unknown): string =>
    messageOf(translate(error, { target, tokens: [attached.held] }));
  const log = harmless(logger ?? defaultLogger());
  return new ConnectionGuard(attached, { tokens, namespace, address, clock, logger: log, explain });
}
