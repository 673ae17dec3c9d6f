import type { NativeConnection } from '@temporalio/worker';
import { type ConnectNativeOptions, connectNative } from '../connection/native-connection.ts';
import { ConnectionGuard, type ConnectionGuardOptions } from './connection-guard.ts';

/** How a connection is opened, what is watched, and who is told. */
export type ConnectWatchedOptions = ConnectNativeOptions &
  Pick<ConnectionGuardOptions, 'namespace' | 'logger' | 'explain'>;

/** A native connection that is guarded for as long as it is open. */
export interface WatchedConnection {
  readonly connection: NativeConnection;
  /** `undefined` when authentication is off. */
  readonly guard: ConnectionGuard | undefined;
  /** @throws when workers still use the connection */
  close(): Promise<void>;
}

/**
 * Opens a native connection whose token is watched for as long as it is open; with authentication off there is nothing to watch.
 *
 * @throws what {@link connectNative} throws
 */
export async function connectWatched(options: ConnectWatchedOptions): Promise<WatchedConnection> {
  const { tokens, settings } = options;
  const { connection, pushed } = await connectNative(options);
  if (pushed === undefined || tokens === undefined) {
    return { connection, guard: undefined, close: () => connection.close() };
  }
  const guard = new ConnectionGuard(pushed, { ...options, tokens, address: settings.address });
  return {
    connection,
    guard,
    async close() {
      await guard.flush();
      await pushed.close();
      await guard.stop();
    },
  };
}
