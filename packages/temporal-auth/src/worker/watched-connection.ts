import type { NativeConnection } from '@temporalio/worker';
import { type ConnectNativeOptions, connectNative } from '../connection/native-connection.ts';
import { ConnectionGuard, type ConnectionGuardOptions } from './connection-guard.ts';
import { requireWrite } from './require-write.ts';

/** How a connection is opened, what is watched, and who is told. */
export interface ConnectWatchedOptions
  extends ConnectNativeOptions, Pick<ConnectionGuardOptions, 'logger' | 'explain'> {
  /** Called when what is known of the token has changed. */
  readonly onHealth: () => void;
  /** Called once Temporal has answered a call with the token that needs no permission. */
  readonly onGreeted: () => void;
}

/** A native connection that is guarded for as long as it is open. */
export interface WatchedConnection {
  readonly connection: NativeConnection;
  /** `undefined` when authentication is off. */
  readonly guard: ConnectionGuard | undefined;
  /** @throws when workers still use the connection */
  close(): Promise<void>;
  /** Leaves it to the workers that hold it for ever, with the token that it has. */
  giveUp(): Promise<void>;
}

/**
 * Opens a native connection whose token is watched for as long as it is open; with authentication off there is nothing to watch.
 *
 * @throws what {@link connectNative} and {@link requireWrite} throw
 */
export async function connectWatched(options: ConnectWatchedOptions): Promise<WatchedConnection> {
  const { tokens, settings, onGreeted, onHealth } = options;
  const { address } = settings;
  const { connection, pushed } = await connectNative(options);
  if (pushed === undefined || tokens === undefined) {
    const giveUp = (): Promise<void> => Promise.resolve();
    return { connection, guard: undefined, close: () => connection.close(), giveUp };
  }
  onGreeted();
  await requireWrite({ ...options, connection, address }).catch(async (error: unknown) => {
    await pushed.close();
    throw error;
  });
  const guard = new ConnectionGuard(pushed, { ...options, tokens, address });
  guard.watchdog.on('health', onHealth);
  return {
    connection,
    guard,
    async close() {
      await guard.flush();
      await pushed.close();
      await guard.stop();
    },
    async giveUp() {
      await pushed.detach();
      await guard.stop();
    },
  };
}
