import type { NativeConnectionOptions } from '@temporalio/worker';
import { checkRange, timerMs } from '@worker-auth/inlined';
import type { ClientConnectionOptions, SaidOnce } from './client-options.ts';
import { durationMs } from './duration.ts';

/** As long as Temporal's client waits for a connection by default, in milliseconds. */
const defaultConnectTimeoutMs = 10_000;

/** What Temporal's native connection takes beside address, TLS, metadata and the token. */
export type WorkerConnectionOptions = Omit<NativeConnectionOptions, SaidOnce>;

/** The options of a client that are about its connections. */
export interface ConnectionOptionsOfClient {
  readonly connection?: ClientConnectionOptions | undefined;
  readonly nativeConnection?: WorkerConnectionOptions | undefined;
  readonly tls?: unknown;
  readonly proxy?: unknown;
  readonly connectTimeoutMs?: number | undefined;
}

/** Copies of what was given, for each kind of connection. */
export interface CheckedConnectionOptions {
  readonly connection: ClientConnectionOptions;
  readonly nativeConnection: WorkerConnectionOptions;
  /** Milliseconds. */
  readonly connectTimeoutMs: number;
}

const insteadOf: Readonly<Record<SaidOnce, string>> = {
  address: 'give host and port',
  apiKey: 'the token is set by the client itself',
  metadata: 'give metadata, which is for both connections',
  tls: 'give tls, which is for both connections',
};

/**
 * @throws TypeError for what an option of the client itself says, and for options that contradict each other, with both names
 * @throws RangeError for a timeout outside its range
 */
export function checkConnectionOptions(options: ConnectionOptionsOfClient): CheckedConnectionOptions {
  const { connection = {}, nativeConnection = {}, tls, connectTimeoutMs, proxy } = options;
  for (const [name, given] of Object.entries({ connection, nativeConnection })) {
    const said = Object.entries(insteadOf).find(
      ([key]) => (given as Record<string, unknown>)[key] !== undefined,
    );
    if (said !== undefined) throw new TypeError(`${name} must not hold "${said[0]}": ${said[1]}`);
  }
  const { connectTimeout, credentials } = connection;
  if (connectTimeoutMs !== undefined && connectTimeout !== undefined) {
    throw new TypeError('Give connectTimeoutMs or connection.connectTimeout, not both');
  }
  if (tls !== undefined && credentials !== undefined)
    throw new TypeError('Give tls or connection.credentials, not both');
  if (proxy !== undefined && nativeConnection.proxy !== undefined)
    throw new TypeError('Give proxy or nativeConnection.proxy, not both');
  const timeoutMs =
    connectTimeoutMs ??
    (connectTimeout === undefined ? undefined : durationMs(connectTimeout)) ??
    defaultConnectTimeoutMs;
  checkRange(
    connectTimeout === undefined ? 'connectTimeoutMs' : 'connection.connectTimeout',
    timeoutMs,
    timerMs,
  );
  return {
    connection: { ...connection },
    nativeConnection: { ...nativeConnection },
    connectTimeoutMs: timeoutMs,
  };
}
