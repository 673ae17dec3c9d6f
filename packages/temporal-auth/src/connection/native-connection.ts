import { NativeConnection } from '@temporalio/worker';
import { type Clock, withDeadline } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import { noAnswer, tlsExpected } from '../errors/own-errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { expectsTls } from './expects-tls.ts';
import { PushedConnection } from './pushed-connection.ts';

/** What a native connection is made of, and how long that may take. */
export interface ConnectNativeOptions {
  readonly settings: ConnectionSettings;
  /** `undefined` when authentication is off. */
  readonly tokens: TokenSource | undefined;
  readonly namespace: string;
  readonly onPushFailed: (error: unknown) => void;
  /** Milliseconds, after the token is there. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A native connection that workers can be made on, and with authentication on what pushes tokens to it. */
export type OpenedNative =
  | { readonly connection: NativeConnection; readonly pushed?: undefined }
  | { readonly connection: NativeConnection; readonly pushed: PushedConnection<NativeConnection> };

/**
 * Opens a native connection, which is *pushed*: Temporal's Core reads the token that it was last told at each attempt
 * of each call, polls of running workers included.
 *
 * @throws what the token source or Temporal's SDK throws, ConnectivityError at the deadline, the signal's reason; nothing is left
 * open then
 */
export async function connectNative(options: ConnectNativeOptions): Promise<OpenedNative> {
  const { settings, tokens, namespace, onPushFailed, timeoutMs, clock, signal } = options;
  const { address, tls } = settings;
  const held = tokens && { tokens, opened: await tokens.getToken({ signal }) };
  const opening = NativeConnection.connect({
    ...settings.nativeConnection,
    ...{ address, tls },
    metadata: { ...settings.metadata },
    ...(held && { apiKey: held.opened }),
  });
  try {
    const timeoutError = (): Error => noAnswer({ address, namespace }, timeoutMs);
    const connection = await withDeadline(() => opening, { clock, timeoutMs, signal, timeoutError });
    if (held === undefined) return { connection };
    const pushed = new PushedConnection({ connection, ...held, onPushFailed });
    await pushed.pushed();
    return { connection, pushed };
  } catch (error) {
    // Core cannot be told to give up: what comes after all is closed then.
    void opening.then((late) => late.close()).catch(() => undefined);
    if (tls === false && (await expectsTls(error, address, clock, signal)))
      throw tlsExpected({ address, namespace });
    throw error;
  }
}
