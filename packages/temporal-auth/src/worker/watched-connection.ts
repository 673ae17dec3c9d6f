import type { Logger } from '@temporalio/common';
import { elapsedMs, withDeadline } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import {
  type ConnectNativeOptions,
  connectNative,
  type WorkerConnection,
} from '../connection/native-connection.ts';
import { Ledger } from './ledger.ts';
import { temporalProbe } from './probe.ts';
import { Watchdog } from './watchdog.ts';

/** What is watched, and who is told. */
export interface ConnectWatchedOptions extends ConnectNativeOptions {
  readonly namespace: string;
  readonly logger: Logger;
  /** What may be shown of an error of Temporal's SDK. */
  readonly explain: (error: unknown) => string;
}

/** What is known of the token of a native connection, and of the outcomes that were told with it. */
export interface ConnectionGuard {
  readonly watchdog: Watchdog;
  readonly ledger: Ledger;
}

/** A native connection that is guarded for as long as it is open. */
export interface WatchedConnection extends WorkerConnection {
  /** `undefined` when authentication is off. */
  readonly guard: ConnectionGuard | undefined;
}

/** How long the last outcomes are waited for when a connection is closed, in milliseconds. */
const flushTimeoutMs = 10_000;

/**
 * Opens a native connection whose token is watched for as long as it is open; with authentication off there is nothing to watch.
 *
 * @throws what {@link connectNative} throws
 */
export async function connectWatched(options: ConnectWatchedOptions): Promise<WatchedConnection> {
  const { tokens } = options;
  const holder: { guard?: ConnectionGuard } = {};
  const beforePush = async (): Promise<void> => {
    if (holder.guard !== undefined) await confirmBeforePush(holder.guard);
  };
  const native = await connectNative({ ...options, beforePush });
  if (tokens === undefined) return { ...native, guard: undefined };
  const guard = guardConnection(native, tokens, options);
  holder.guard = guard;
  return {
    connection: native.connection,
    guard,
    get held() {
      return native.held;
    },
    async close() {
      await flush(guard.ledger, options);
      await native.close();
      await guard.watchdog.stop();
      guard.ledger.close();
    },
  };
}

function guardConnection(
  native: WorkerConnection,
  tokens: TokenSource,
  options: ConnectWatchedOptions,
): ConnectionGuard {
  const { clock, namespace, settings, explain, logger } = options;
  const { connection } = native;
  const watchdog = new Watchdog({
    tokens,
    clock,
    probe: temporalProbe({ connection, namespace, clock, explain, address: settings.address }),
    heldToken: () => native.held,
  });
  logHealth(watchdog, options);
  watchdog.start();
  return { watchdog, ledger: new Ledger({ watch: watchdog, clock, logger, explain }) };
}

/** What was told with the old token can be confirmed by a probe with it, and by nothing else. */
async function confirmBeforePush({ watchdog, ledger }: ConnectionGuard): Promise<void> {
  if (!watchdog.isBad && ledger.hasUnconfirmed(watchdog.heldToken)) await watchdog.probeNow();
}

async function flush(ledger: Ledger, { clock, logger }: ConnectWatchedOptions): Promise<void> {
  const timeoutError = (): Error => new Error('too late');
  try {
    await withDeadline((signal) => ledger.flush(signal), { clock, timeoutMs: flushTimeoutMs, timeoutError });
  } catch {
    logger.error('Nobody knows whether Temporal has the last outcomes of activities, which may run again', {
      outcomes: ledger.size,
    });
  }
}

function logHealth(watchdog: Watchdog, { logger, clock }: ConnectWatchedOptions): void {
  let before = watchdog.health;
  watchdog.on('health', (health) => {
    if (health.kind === 'refused') {
      logger.warn(`Temporal refuses the access token; another one is requested: ${health.reason}`);
    } else if (health.kind === 'unreachable') {
      logger.warn(`Temporal does not answer: ${health.reason}`);
    } else if ('since' in before) {
      const seconds = (elapsedMs(clock, before.since) / 1_000).toFixed(1);
      logger.info(`Temporal takes the access token again, after ${seconds} s`);
    }
    before = health;
  });
}
