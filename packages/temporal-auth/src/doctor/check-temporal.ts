import { isLoopbackHost } from '@worker-auth/internal';
import { type Presentation, tlsOf } from '../connection/presentation.ts';
import { wayTo } from '../network/routed-options.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { checkPolls } from './check-workers.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { checkCertificate, reach, resolve } from './reach.ts';
import { checkCalls, type KnownOfTokens } from './temporal-calls.ts';

type KnownOfClient = KnownOfTokens & { readonly credentials: ApplicationCredentials | undefined };

/**
 * Looks at the way to Temporal, and at what it says of the token.
 *
 * @param settings `undefined` when they could not be read
 * @returns whether Temporal lets the token work
 */
export async function checkTemporal(
  context: DiagnosisContext,
  known: KnownOfClient,
  settings: Presentation | undefined,
): Promise<boolean> {
  if (settings === undefined) return false;
  await checkPolls(context);
  const client = presented(settings, known);
  const { place, network, connection } = client.settings;
  const way = wayTo(place.address, network);
  if (way.proxy === undefined) await context.check('temporal-dns', () => resolve(context, way));
  else context.skip(['temporal-dns'], `the proxy ${way.proxy.address} looks for it`);
  await context.check('temporal-tcp', () => reach(context, way));
  const isAway = context.causeAmong(['temporal-tcp']) !== undefined;
  let tls = tlsOf(client);
  try {
    // Of files that are read now.
    const certificate = await client.certificates?.ready(context.signal);
    if (certificate !== undefined) tls = client.certificates?.tls(certificate) ?? tls;
  } catch (error) {
    await context.check('temporal-tls', () => {
      throw error;
    });
    return false;
  }
  // That TLS is off is known without a connection.
  if (tls === false || !isAway)
    await context.check('temporal-tls', () => {
      if (connection.credentials !== undefined)
        return 'TLS to Temporal is a matter of the option connection.credentials';
      return tls === false
        ? withoutTls(context, known, way.hostname)
        : checkCertificate(context, way, tlsSettings(tls, client));
    });
  return !isAway && checkCalls(context, known, client);
}

/** As a client presents itself with the token, and with what the credentials say where there is none. */
function presented(client: Presentation, { credentials, token }: KnownOfClient): Presentation {
  const tls = client.settings.tls ?? credentials?.tlsEnabled;
  return { ...client, tokens: token?.tokens ?? client.tokens, settings: { ...client.settings, tls } };
}

function withoutTls({ options }: DiagnosisContext, known: KnownOfClient, host: string): Found {
  const inSecret = known.credentials?.tlsEnabled === undefined ? 'default' : 'workflow_tls_enabled';
  const description = `TLS to Temporal is off (${options.tls === undefined ? inSecret : 'option tls'})`;
  if (!known.authEnabled || isLoopbackHost(host)) return { description };
  const error =
    'TLS is off, and the token goes to another host in every call. Set tls, unless the network itself encrypts.';
  return { description, code: DoctorCode.tokenInPlaintext, error };
}

function tlsSettings(tls: Exclude<ReturnType<typeof tlsOf>, false>, { settings }: Presentation) {
  const { serverRootCACertificate, serverNameOverride, clientCertPair } = tls === true ? {} : tls;
  return {
    ALPNProtocols: ['h2'],
    ca: serverRootCACertificate ? Buffer.from(serverRootCACertificate) : settings.network.certificates(),
    ...(serverNameOverride !== undefined && { servername: serverNameOverride }),
    ...(clientCertPair && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  };
}
