import { isLoopbackHost } from '@worker-auth/internal';
import type { Network } from '../settings/network.ts';
import { type Presentation, tlsOf } from '../connection/presentation.ts';
import { readAddress } from '../network/routed-options.ts';
import { checkCertificate, type TlsSettings } from './certificate.ts';
import { checkPolls } from './check-workers.ts';
import { DoctorCode } from './doctor-code.ts';
import type { Found } from './examination.ts';
import type { PermissionVerdict } from './permission.ts';
import { type Place, placeOf, reach, resolve } from './reach.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';
import type { DiagnosisContext } from './diagnosis-context.ts';
import { type CallSettings, checkCalls, type KnownOfTokens } from './temporal-calls.ts';

/**
 * Looks at the way to Temporal, and at what it says of the token.
 *
 * @param settings `undefined` when they could not be read
 * @returns what it says of the permissions of the token
 */
export async function checkTemporal(
  context: DiagnosisContext,
  known: KnownOfTokens,
  client: Presentation | undefined,
): Promise<PermissionVerdict> {
  const { examination } = context;
  if (client === undefined) return 'unknown';
  await checkPolls(context);
  const { address } = client.settings.place;
  const { hostname, port } = readAddress(address);
  const proxy = client.settings.network.proxyFor?.(hostname, port);
  const place = { ...placeOf(new URL(`tls://${address}`)), proxy };
  if (proxy === undefined) await examination.check('temporal-dns', () => resolve(context, place));
  else examination.skip(['temporal-dns'], `the proxy ${proxy.address} looks for it`);
  await examination.check('temporal-tcp', () => reach(context, place));
  const isAway = examination.causeAmong(['temporal-tcp']) !== undefined;
  const decided = await decideTls(context, client, known);
  // That TLS is off is known without a connection.
  if ('error' in decided || decided.tls === false || !isAway)
    await examination.check('temporal-tls', () => checkTls(context, place, { client, known, decided }));
  return 'error' in decided || isAway ? 'unknown' : checkCalls(context, { ...decided, client, ...known });
}

type DecidedTls = Pick<CallSettings, 'tls'> | { readonly error: unknown };

/** As a client decides it, with a certificate of files that were read now. */
async function decideTls(
  { signal }: DiagnosisContext,
  client: Presentation,
  { credentials, token }: KnownOfTokens,
): Promise<DecidedTls> {
  const { certificates } = client;
  const tokens = token?.tokens ?? { tlsEnabled: credentials?.tlsEnabled };
  try {
    const certificate = await certificates?.ready(signal);
    const own = certificate && certificates?.tls(certificate);
    return { tls: own ?? tlsOf({ ...client, tokens: tokens as TemporalTokens }) };
  } catch (error) {
    return { error };
  }
}

async function checkTls(
  context: DiagnosisContext,
  place: Place,
  { client, known, decided }: { client: Presentation; known: KnownOfTokens; decided: DecidedTls },
): Promise<Found> {
  if ('error' in decided) throw decided.error;
  const { tls } = decided;
  const { connection, network } = client.settings;
  const { authEnabled, credentials } = known;
  if (connection.credentials !== undefined)
    return { description: 'TLS to Temporal is a matter of the option connection.credentials' };
  const inSecret = credentials?.tlsEnabled === undefined ? 'default' : 'workflow_tls_enabled';
  const from = context.options.tls === undefined ? inSecret : 'option tls';
  if (tls !== false) return checkCertificate(context, place, tlsSettings(tls, network));
  const description = `TLS to Temporal is off (${from})`;
  if (!authEnabled || isLoopbackHost(place.host)) return { description };
  const error =
    'TLS is off, and the token goes to another host in every call. Set tls, unless the network itself encrypts.';
  return { description, code: DoctorCode.tokenInPlaintext, error };
}

function tlsSettings(tls: Exclude<CallSettings['tls'], false>, network: Network): TlsSettings {
  const { serverRootCACertificate, serverNameOverride, clientCertPair } = tls === true ? {} : tls;
  return {
    ALPNProtocols: ['h2'],
    ca: serverRootCACertificate ? Buffer.from(serverRootCACertificate) : network.certificates(),
    ...(serverNameOverride !== undefined && { servername: serverNameOverride }),
    ...(clientCertPair && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  };
}
