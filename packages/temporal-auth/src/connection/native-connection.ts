import { NativeConnection } from '@temporalio/worker';
import { type Clock, withDeadline } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import { noAnswer, tlsExpected } from '../errors/own-errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { expectsTls } from './expects-tls.ts';
import { nothingToPush } from './nothing-to-push.ts';
import { PushedConnection } from './pushed-connection.ts';
import { routedNative, shownProxy } from './routed-options.ts';

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

/** A native connection that nothing is pushed to yet. */
export interface OpenedNative {
  readonly connection: NativeConnection;
  /** What it presents itself with: its token, else the fingerprint of its certificate; `undefined` without either. */
  readonly held: string | undefined;
  /** Of the certificate that it was opened with, where certificates rotate. */
  readonly fingerprint: string | undefined;
}

/**
 * Opens a native connection, with the newest token and certificate.
 *
 * @throws what the token source or Temporal's SDK throws, ConnectivityError at the deadline, the signal's reason; nothing is left
 * open then
 */
export async function connectNative(options: ConnectNativeOptions): Promise<OpenedNative> {
  const { settings, tokens, namespace, timeoutMs, clock, signal } = options;
  const { address, certificates, network } = settings;
  const place = { address, namespace, proxy: shownProxy(address, network) };
  const apiKey = tokens && (await tokens.getToken({ signal }));
  const certificate = certificates?.newest;
  const tls = (certificate && certificates.tls(certificate)) ?? settings.tls;
  const given = { ...settings.nativeConnection, address, tls, metadata: { ...settings.metadata } };
  const routed = routedNative(given, network);
  const opening = NativeConnection.connect({ ...routed, ...(apiKey !== undefined && { apiKey }) });
  try {
    const timeoutError = (): Error => noAnswer(place, timeoutMs);
    const connection = await withDeadline(() => opening, { clock, timeoutMs, signal, timeoutError });
    const fingerprint = certificate?.fingerprint;
    return { connection, held: apiKey ?? fingerprint, fingerprint };
  } catch (error) {
    // Core cannot be told to give up: what comes after all is closed then.
    void opening.then((late) => late.close()).catch(() => undefined);
    if (tls === false && (await expectsTls(error, settings, clock, signal))) throw tlsExpected(place);
    throw error;
  }
}

/** Has the connection, which is *pushed*, told of each token: Temporal's Core reads the last one at each attempt of each call. */
export async function pushTo(
  connection: NativeConnection,
  opened: string,
  { tokens, onPushFailed }: ConnectNativeOptions,
): Promise<PushedConnection<NativeConnection>> {
  const pushed = new PushedConnection({
    ...{ connection, opened, onPushFailed },
    tokens: tokens ?? nothingToPush,
  });
  await pushed.pushed();
  return pushed;
}
