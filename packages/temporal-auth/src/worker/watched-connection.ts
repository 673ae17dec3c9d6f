import type { Logger } from '@temporalio/common';
import { elapsedMs } from '@worker-auth/inlined';
import {
  type ConnectNativeOptions,
  connectNative,
  type WorkerConnection,
} from '../connection/native-connection.ts';
import { temporalProbe } from './probe.ts';
import type { TokenWatch } from './hold.ts';
import { Watchdog } from './watchdog.ts';

/** What is watched, and who is told. */
export interface ConnectWatchedOptions extends ConnectNativeOptions {
  readonly namespace: string;
  readonly logger: Logger;
  /** What may be shown of an error of Temporal's SDK. */
  readonly explain: (error: unknown) => string;
}

/** A native connection, and what is known of its token. */
export interface WatchedConnection extends WorkerConnection {
  /** `undefined` when authentication is off. */
  readonly watch: TokenWatch | undefined;
}

/**
 * Opens a native connection whose token is watched for as long as it is open; with authentication off there is nothing to watch.
 *
 * @throws what {@link connectNative} throws
 */
export async function connectWatched(options: ConnectWatchedOptions): Promise<WatchedConnection> {
  const { tokens, clock, namespace, settings, explain } = options;
  const native = await connectNative(options);
  if (tokens === undefined) return { ...native, watch: undefined };
  const { connection } = native;
  const watchdog = new Watchdog({
    tokens,
    clock,
    probe: temporalProbe({ connection, namespace, clock, explain, address: settings.address }),
    heldToken: () => native.held,
  });
  logHealth(watchdog, options);
  watchdog.start();
  return {
    connection,
    watch: watchdog,
    get held() {
      return native.held;
    },
    async close() {
      await native.close();
      await watchdog.stop();
    },
    async giveUp() {
      await native.giveUp();
      await watchdog.stop();
    },
  };
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
