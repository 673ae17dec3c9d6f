import type { NativeConnection } from '@temporalio/worker';
import { certificateAsToken } from '../certificates/certificate-as-token.ts';
import {
  type ConnectNativeOptions,
  connectNative,
  type OpenedNative,
  pushTo,
} from '../connection/native-connection.ts';
import { ConnectionGuard, type ConnectionGuardOptions } from './connection-guard.ts';
import { ConnectionRotation } from './connection-rotation.ts';
import { requireWrite } from './require-write.ts';

/** How a connection is opened, what is watched, and who is told. */
export interface ConnectWatchedOptions
  extends ConnectNativeOptions, Pick<ConnectionGuardOptions, 'logger' | 'explain' | 'events'> {
  /** Called when what is known of the token has changed. */
  readonly onHealth: () => void;
  /** Called once Temporal has answered a call with the token that needs no permission. */
  readonly onGreeted: () => void;
}

/** A native connection that is guarded for as long as it is open. */
export interface WatchedConnection {
  /** The one in place now; where certificates rotate, it is another one later. */
  readonly connection: NativeConnection;
  /** `undefined` when authentication is off, and no certificate rotates. */
  readonly guard: ConnectionGuard | undefined;
  /** `undefined` when no certificate rotates. */
  readonly rotation?: ConnectionRotation | undefined;
  /** @throws when workers still use the connection */
  close(): Promise<void>;
  /** Leaves it to the workers that hold it for ever, with the token that it has. */
  giveUp(): Promise<void>;
}

/**
 * Opens a native connection whose token is watched for as long as it is open, and which is replaced whenever there is another client
 * certificate; with neither there is nothing to watch.
 *
 * @throws what {@link connectNative} and {@link requireWrite} throw
 */
export async function connectWatched(options: ConnectWatchedOptions): Promise<WatchedConnection> {
  const { settings, onGreeted, onHealth } = options;
  const { address, certificates } = settings;
  const { connection, held, fingerprint } = await connectNative(options);
  const tokens = options.tokens ?? (certificates && certificateAsToken(certificates));
  if (held === undefined || tokens === undefined) {
    const giveUp = (): Promise<void> => Promise.resolve();
    return { connection, guard: undefined, close: () => connection.close(), giveUp };
  }
  const pushed = await pushTo(connection, held, options);
  onGreeted();
  await requireWrite({ ...options, connection }).catch(async (error: unknown) => {
    await pushed.close();
    throw error;
  });
  const credential = options.tokens === undefined ? 'client certificate' : undefined;
  const guard = new ConnectionGuard(pushed, { ...options, tokens, address, credential });
  guard.watchdog.on('health', onHealth);
  const open = (): Promise<OpenedNative> => connectNative(options);
  const rotation =
    certificates && new ConnectionRotation({ ...options, certificates, fingerprint, pushed, guard, open });
  return {
    get connection() {
      return pushed.connection;
    },
    guard,
    rotation,
    async close() {
      await rotation?.stop();
      await pushed.close();
      await guard.stop();
    },
    async giveUp() {
      await rotation?.stop();
      await pushed.detach();
      await guard.stop();
    },
  };
}
