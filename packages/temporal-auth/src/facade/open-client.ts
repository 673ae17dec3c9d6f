import { Client, type Connection } from '@temporalio/client';
import { readyCertificate } from '../certificates/ready-certificate.ts';
import { connectClient } from '../connection/client-connection.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { PlaintextWarning } from '../connection/plaintext-warning.ts';
import { type TemporalTarget, translate } from '../errors/translate.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';
import type { ClientSettings } from './client-settings.ts';
import { LoadedClient, type LoadedClientParts } from './loaded-client.ts';

/** A client is warned once, however often it has to be opened until Temporal is there. */
const warnings = new WeakMap<ClientSettings, PlaintextWarning>();

/** What a client is opened with. */
export interface OpenClientOptions {
  readonly settings: ClientSettings;
  readonly target: TemporalTarget;
  /** With a token in hand; `undefined` when authentication is off. */
  readonly tokens: TemporalTokens | undefined;
  readonly applicationName: string;
  readonly signal: AbortSignal;
  /** See {@link LoadedClientParts.onHealth}. */
  readonly onHealth: () => void;
  /** See {@link LoadedClientParts.events}. */
  readonly events: LoadedClientParts['events'];
}

/**
 * Connects to Temporal, and makes its client.
 *
 * @throws ConfigurationError, ConnectivityError or AuthenticationError; what Temporal's client throws for its options; the signal's
 * reason. Nothing is left open then
 */
export async function openClient(options: OpenClientOptions): Promise<LoadedClient> {
  const loaded = await open(options);
  // Nobody waits for it any more.
  if (options.signal.aborted) await loaded.close();
  options.signal.throwIfAborted();
  return loaded;
}

async function open(options: OpenClientOptions): Promise<LoadedClient> {
  const { settings, target, tokens, applicationName, onHealth, events } = options;
  const connectionSettings = await decideTls(options);
  const connection = await connect(connectionSettings, options);
  try {
    const client = new Client({ ...settings.client, connection, namespace: target.namespace });
    const { connectTimeoutMs, clock, random, logger } = settings;
    return new LoadedClient({
      ...{ client, connection, target, tokens, applicationName, connectTimeoutMs, clock, random, logger },
      ...{ onHealth, events },
      settings: connectionSettings,
    });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** An option decides, else the secret, else there is none. */
async function decideTls(options: OpenClientOptions): Promise<ConnectionSettings> {
  const { settings, target, tokens, signal } = options;
  const { configuration, network, metadata, logger, connection, nativeConnection, certificates } = settings;
  const { address } = configuration;
  await readyCertificate(certificates, signal);
  // Either connection takes a certificate that rotates from where these are kept.
  const tls = certificates === undefined ? (settings.tls ?? tokens?.tlsEnabled ?? false) : true;
  if (target.authEnabled) {
    const warning = warnings.get(settings) ?? new PlaintextWarning(logger);
    warnings.set(settings, warning);
    warning.check({ address, tls, credentials: connection.credentials });
  }
  return { address, tls, certificates, network, metadata, connection, nativeConnection };
}

async function connect(
  settings: ConnectionSettings,
  { settings: { connectTimeoutMs, clock }, target, tokens, signal }: OpenClientOptions,
): Promise<Connection> {
  let isGreeted = false;
  try {
    return await connectClient({
      settings,
      tokens,
      namespace: target.namespace,
      timeoutMs: connectTimeoutMs,
      clock,
      signal,
      onGreeted: () => {
        isGreeted = true;
      },
    });
  } catch (error) {
    throw translate(error, { target, tokens: tokens?.living ?? [], signal, isGreeted });
  }
}
