import { isLoopbackHost } from '@worker-auth/internal';
import { Connector } from '../connection/connector.ts';
import { type Presentation, targetOf, tlsOf } from '../connection/presentation.ts';
import { callFailure, grpcCode } from '../errors/refusal.ts';
import { TemporalAuthError, TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { translate } from '../errors/translate.ts';
import { wayTo } from '../network/routed-options.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import type { Network } from '../settings/network.ts';
import { TokenReplacement } from '../tokens/token-replacement.ts';
import type { CheckName } from './catalogue.ts';
import { authOrigin } from './check-configuration.ts';
import type { CheckedToken } from './check-token.ts';
import { checkEarlierToken, checkPolls, checkVersion } from './check-workers.ts';
import {
  type DiagnosisContext,
  type Found,
  type Problem,
  ProblemFound,
  silentLogger,
} from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { claimProblem } from './permission.ts';
import { checkCertificate, reach, resolve } from './check-endpoint.ts';

interface KnownOfClient {
  readonly authEnabled: boolean;
  readonly token: CheckedToken | undefined;
  readonly credentials?: ApplicationCredentials | undefined;
}

type Asked = Presentation & Pick<KnownOfClient, 'authEnabled'>;

/** Looks at the way to Temporal, and at what it says of the token. @returns whether it lets that work */
export async function checkTemporal(
  context: DiagnosisContext,
  known: KnownOfClient,
  given: Presentation | undefined,
): Promise<boolean> {
  if (given === undefined) return false;
  await checkPolls(context);
  // The credentials say something of TLS where there is no token.
  const settings = { ...given.settings, tls: given.settings.tls ?? known.credentials?.tlsEnabled };
  const client = { ...given, settings, tokens: known.token?.tokens ?? given.tokens };
  const { place, network, connection } = settings;
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
        : checkCertificate(context, way, tlsSettings(tls, network));
    });
  return !isAway && checkCalls(context, known, client);
}

export async function checkCalls(
  context: DiagnosisContext,
  { authEnabled, token }: KnownOfClient,
  client: Presentation,
): Promise<boolean> {
  const { address, namespace } = client.settings.place;
  const asked = { ...client, authEnabled };
  let [isGreeted, failure]: [boolean, unknown?] = [false];
  const connection = await connectorOf(context, asked)
    .connect(context.signal, () => {
      isGreeted = true;
    })
    .catch((error: unknown) => {
      failure = translated(context, asked, error, isGreeted);
      isGreeted &&= !isOther(error);
      return undefined;
    });
  const problem = token?.jwt && claimProblem(token.jwt.claims, namespace, context.options.authorization);
  const isPermission = problem?.code === DoctorCode.permissionMissing;
  const explain = ({ code }: Problem): CheckName | undefined => {
    const isRefused = code === TemporalAuthErrorCode.callRefused;
    if (!isRefused && code !== TemporalAuthErrorCode.permissionMissing) return undefined;
    if (authEnabled && token === undefined) return context.causeAmong(['token-request']);
    return problem === undefined || (isRefused && isPermission) ? undefined : 'token-permission';
  };
  const said = (isSaid: boolean, what: string) => (): string => {
    if (!isSaid) throw failure;
    return what;
  };
  try {
    const greeted = said(isGreeted, 'Temporal answers GetSystemInfo');
    await context.check('temporal-system-info', greeted, explain);
    if (authEnabled && token === undefined) return false;
    const described = said(connection !== undefined, `Temporal describes the namespace "${namespace}"`);
    await context.check('temporal-namespace', described, explain);
    // An empty heartbeat needs the right to write, as polls do, and changes nothing.
    const write = async (): Promise<Found<boolean>> => {
      try {
        await connection?.workflowService.recordWorkerHeartbeat({ namespace, workerHeartbeat: [] });
        return { value: true, description: `the token may poll in the namespace "${namespace}"` };
      } catch (error) {
        if (!isOther(error)) throw translated(context, asked, error, true);
        return { description: 'the server has no call by which the right to poll can be asked for' };
      }
    };
    const ask = () => context.inTime(`answer of Temporal at ${address}`, write);
    const isGranted = await context.check('temporal-write', ask, explain);
    if (context.options.native === true)
      await context.check('temporal-native', () => openNative(context, asked));
    else context.skip(['temporal-native'], 'it is not asked for (option native)');
    await checkEarlierToken(context, connection, token, namespace);
    await checkVersion(context, connection);
    return isGranted === true;
  } finally {
    await connection?.close();
  }
}

function connectorOf({ clock }: DiagnosisContext, client: Presentation): Connector {
  return new Connector(client, client.tokens && new TokenReplacement(client.tokens, clock));
}

async function openNative(context: DiagnosisContext, asked: Asked): Promise<string> {
  const worker = await import('@temporalio/worker').catch(notLoaded);
  if (worker === undefined) return '@temporalio/worker is not installed';
  try {
    worker.Runtime.install({ logger: silentLogger, shutdownSignals: [] });
  } catch {
    // There is one already.
  }
  const { namespace } = asked.settings.place;
  try {
    const connection = await connectorOf(context, asked).openNative(context.signal, namespace);
    await connection.close();
    return 'the native connection of workers reaches Temporal, and may poll';
  } catch (error) {
    throw translated(context, asked, error, false);
  }
}

export function notLoaded(error: unknown): undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'@temporalio/worker'")) return undefined;
  const [reason = ''] = message.split('\n');
  const what = `Temporal's native module cannot be loaded: ${reason}`;
  throw new ProblemFound(DoctorCode.platformUnsupported, what);
}

/** Whether it comes of something that answers, and knows no call of Temporal's: another gRPC service, a sidecar, or a page. */
function isOther(error: unknown): boolean {
  const { grpcStatus, text } = callFailure(error);
  const isForeign = /^Received (?:HTTP status code 200|message larger|compressed)|dapr-app-id/.test(text);
  return isForeign || grpcStatus === grpcCode.unimplemented;
}

function translated(context: DiagnosisContext, asked: Asked, error: unknown, isGreeted: boolean): unknown {
  const other = `What answers at ${asked.settings.place.address} speaks HTTP/2 and is no Temporal: it knows none of its calls. Check ATLAN_WORKFLOW_HOST and ATLAN_WORKFLOW_PORT.`;
  if (isOther(error)) return new ProblemFound(DoctorCode.noTemporal, other);
  const target = { ...targetOf(asked), ...(asked.authEnabled && { authEnabled: true }) };
  const tokens = asked.tokens?.activeTokens ?? [];
  const said = translate(error, { target, tokens, signal: context.signal, isGreeted });
  const isRefused = said instanceof TemporalAuthError && said.code === TemporalAuthErrorCode.callRefused;
  if (!isRefused || target.authEnabled) return said;
  const off = `Authentication is off (${authOrigin(context)}), so that no token is sent, and Temporal refuses the call. Set ATLAN_WORKFLOW_AUTH_ENABLED=true.`;
  return new ProblemFound(TemporalAuthErrorCode.switchedOff, off);
}

function withoutTls({ options }: DiagnosisContext, known: KnownOfClient, host: string): Found {
  const inSecret = known.credentials?.tlsEnabled === undefined ? 'default' : 'workflow_tls_enabled';
  const description = `TLS to Temporal is off (${options.tls === undefined ? inSecret : 'option tls'})`;
  if (!known.authEnabled || isLoopbackHost(host)) return { description };
  const error =
    'TLS is off, and the token goes to another host in every call. Set tls, unless the network itself encrypts.';
  return { description, code: DoctorCode.tokenInPlaintext, error };
}

function tlsSettings(tls: Exclude<ReturnType<typeof tlsOf>, false>, network: Network) {
  const { serverRootCACertificate, serverNameOverride, clientCertPair } = tls === true ? {} : tls;
  return {
    ALPNProtocols: ['h2'],
    ca: serverRootCACertificate ? Buffer.from(serverRootCACertificate) : network.certificates(),
    ...(serverNameOverride !== undefined && { servername: serverNameOverride }),
    ...(clientCertPair && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  };
}
