import { dateMs, isLoopbackHost } from '@worker-auth/internal';
import { Connector } from '../connection/connector.ts';
import { acceptedCall, workerCalls } from '../connection/harmless-calls.ts';
import { type Presentation, targetOf } from '../connection/presentation.ts';
import { nodeTls, type TemporalTls, tlsOf } from '@worker-auth/calls/connections/temporal-tls';
import { callFailure, grpcCode } from '@worker-auth/calls/errors/rejection';
import { TemporalAuthError, TemporalAuthErrorCode } from '@worker-auth/calls/errors/temporal-auth-error';
import { translate } from '@worker-auth/calls/errors/translate';
import { wayTo } from '@worker-auth/calls/network/way-to';
import { silentLogger } from '@worker-auth/calls/settings/loggers';
import { importWorker } from '@worker-auth/calls/settings/peers';
import { setVariables } from '@worker-auth/calls/settings/setting';
import { place } from '@worker-auth/calls/settings/table';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import type { CheckName } from './catalogue.ts';
import { authOrigin } from './check-configuration.ts';
import { checkEarlierToken, checkFrontends, checkPollers, checkPolls } from './check-workers.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { checkPermission, claimProblem } from './permission.ts';
import { type Problem, ProblemFound, problemOf } from './problem.ts';
import { checkCertificate, ofTrust, reach } from './check-endpoint.ts';

/** How much clocks may differ, in milliseconds. */
const toleratedMs = 5_000;

/** Looks at the way to Temporal, and at what it and the token say of what that may do. */
export async function checkTemporal(context: DiagnosisContext): Promise<void> {
  const { temporal, credentials, tokens, authEnabled } = context;
  if (temporal === undefined) return;
  await checkPolls(context);
  // A worker would have a token, and its credentials say something of TLS where there is none.
  const byDefault = tlsOf({ ...temporal, tokens: authEnabled ? {} : temporal.tokens });
  const settings = {
    ...temporal.settings,
    tls: temporal.settings.tls ?? credentials?.tlsEnabled ?? byDefault,
  };
  const client = { ...temporal, settings, tokens: tokens ?? temporal.tokens };
  const { network, connection } = settings;
  const { address, namespace } = settings.place;
  const way = wayTo(address, network);
  const look = async (): Promise<Found | string> => {
    const tls = await context.inTime('client certificate', (signal) => newestTls(client, signal));
    if (connection.credentials !== undefined)
      return `${await reach(context, way)}; TLS is a matter of the option connection.credentials`;
    return tls === false
      ? withoutTls(context, await reach(context, way), way.hostname)
      : checkCertificate(context, way, nodeTls(tls, network.certificates()));
  };
  await context.check('temporal-connection', look, ofTrust(context));
  const isReached = context.causeAmong(['temporal-connection']) === undefined;
  const isGranted = isReached && (await checkCalls(context, client));
  await checkPermission(context, namespace, isGranted);
}

/** @returns whether Temporal lets the token work */
export async function checkCalls(context: DiagnosisContext, client: Presentation): Promise<boolean> {
  const { authEnabled, tokens, jwt, options, signal } = context;
  const { address, namespace } = client.settings.place;
  let isGreeted = false;
  const greet = (): void => {
    isGreeted = true;
  };
  const connecting = connectorOf(context, client)
    .connect(signal, greet)
    .catch((error: unknown) => {
      throw translated(context, client, error, isGreeted);
    });
  const connection = await connecting.catch(() => undefined);
  const problem = jwt && claimProblem(jwt.claims, namespace, options.authorization);
  const explain = ({ code }: Problem): CheckName | undefined => {
    const isRejected = code === TemporalAuthErrorCode.callRejected;
    if (!isRejected && code !== TemporalAuthErrorCode.permissionMissing) return undefined;
    if (authEnabled && tokens === undefined) return context.causeAmong(['token-request']);
    const isPermission = problem?.code === DoctorCode.permissionMissing;
    return problem === undefined || (isRejected && isPermission) ? undefined : 'token-permission';
  };
  const write = async (): Promise<Found<true>> => {
    try {
      if (connection !== undefined)
        await acceptedCall(workerCalls, (call) => call(connection.workflowService, namespace));
      return { value: true, description: `the token may poll in the namespace "${namespace}"` };
    } catch (error) {
      if (!isOther(error)) throw translated(context, client, error, true);
      return { description: 'the server has no call by which the right to poll can be asked for' };
    }
  };
  try {
    const described = `Temporal answers in the namespace "${namespace}"`;
    await context.check('temporal-namespace', () => connecting.then(() => described), explain);
    if (authEnabled && tokens === undefined) return false;
    const ask = () => context.inTime(`answer of Temporal at ${address}`, write);
    const isGranted = await context.check('temporal-write', ask, explain);
    if (options.native === true) await context.check('temporal-native', () => openNative(context, client));
    else context.skip(['temporal-native'], 'it is not asked for (option native)');
    await checkEarlierToken(context, connection, namespace);
    await checkFrontends(context, () => connectorOf(context, client).connect(signal, () => undefined));
    await checkPollers(context, connection, namespace);
    return isGranted === true;
  } finally {
    await connection?.close();
  }
}

/** With certificates of files as they are now. */
async function newestTls(client: Presentation, signal: AbortSignal): Promise<TemporalTls> {
  const certificate = await client.certificates?.ready(signal);
  return (certificate && client.certificates?.tls(certificate)) ?? tlsOf(client);
}

function connectorOf({ clock }: DiagnosisContext, client: Presentation): Connector {
  return new Connector(client, client.tokens && new TokenReplacement(client.tokens, clock));
}

async function openNative(context: DiagnosisContext, client: Presentation): Promise<string> {
  const worker = await importWorker().catch(notLoaded);
  if (worker === undefined) return '@temporalio/worker is not installed';
  try {
    worker.Runtime.install({ logger: silentLogger, shutdownSignals: [] });
  } catch {
    // There is one already.
  }
  const { namespace } = client.settings.place;
  try {
    const connection = await connectorOf(context, client).openNative(context.signal, namespace);
    await connection.close();
    return 'the native connection of workers reaches Temporal, and may poll';
  } catch (error) {
    throw translated(context, client, error, false);
  }
}

export function notLoaded(error: unknown): undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'@temporalio/worker'")) return undefined;
  const [reason = ''] = message.split('\n');
  const remedy = 'Use an image with glibc, such as node:24-slim, and install for this platform.';
  const cause = `Temporal's native module cannot be loaded: ${reason}`;
  throw new ProblemFound(DoctorCode.platformUnsupported, cause, remedy);
}

/** Whether it comes of something that answers, and knows no call of Temporal's: another gRPC service, a sidecar, or a page. */
function isOther(error: unknown): boolean {
  const { grpcStatus, text } = callFailure(error);
  const isForeign = /^Received (?:HTTP status code 200|message larger|compressed)|dapr-app-id/.test(text);
  return isForeign || grpcStatus === grpcCode.unimplemented;
}

function translated(
  context: DiagnosisContext,
  client: Presentation,
  error: unknown,
  isGreeted: boolean,
): unknown {
  const other = `What answers at ${client.settings.place.address} speaks HTTP/2 and is no Temporal: it knows none of its calls.`;
  if (isOther(error)) return new ProblemFound(DoctorCode.noTemporal, other, 'Check TEMPORAL_ADDRESS.');
  const target = { ...targetOf(client), ...(context.authEnabled && { authEnabled: true }) };
  const tokens = client.tokens?.activeTokens ?? [];
  const said = translate(error, { target, tokens, signal: context.signal, isGreeted });
  const isRejected = said instanceof TemporalAuthError && said.code === TemporalAuthErrorCode.callRejected;
  if (!isRejected) return said;
  if (target.authEnabled) return aboutToken(context, said);
  const off = `Authentication is off (${authOrigin(context)}): no token is sent, and Temporal rejects the call.`;
  const remedy = 'Set WORKER_AUTH_CLIENT_ID and the rest, and set no switch to false.';
  return new ProblemFound(TemporalAuthErrorCode.switchedOff, off, remedy);
}

/** A rejection of the token, with what the token and the clocks say. */
function aboutToken({ jwt, clock, exchange }: DiagnosisContext, error: unknown): ProblemFound {
  const { iat, nbf, exp, aud, iss } = jwt?.claims ?? {};
  const nowMs = clock.wallNow();
  const times = Object.entries({ iat, nbf, exp }).flatMap(([name, date]) => {
    const seconds = Math.round(((dateMs(date) ?? NaN) - nowMs) / 1_000);
    const distance = seconds > 0 ? `in ${seconds} s` : `${-seconds} s ago`;
    return Number.isNaN(seconds) ? [] : [`${name} is ${distance} by this host's clock`];
  });
  const names = jwt === undefined ? [] : [`aud ${JSON.stringify(aud)}, iss ${JSON.stringify(iss)}`];
  const aheadMs = exchange?.hostAheadMs;
  const ahead = `this host's clock is ${Math.round(Number(aheadMs) / 1_000)} s ahead of the authorization server's`;
  const evidence = [...times, ...names, ...(aheadMs === undefined ? [] : [ahead])];
  const earlyMs = Math.max(dateMs(iat) ?? 0, dateMs(nbf) ?? 0) - nowMs;
  const { code, cause, remedy } = problemOf(error);
  if (earlyMs <= toleratedMs) return new ProblemFound(code, cause, remedy, evidence);
  const early = `Temporal rejects the token, which is valid only in ${Math.round(earlyMs / 1_000)} s by this host's clock.`;
  const ntp = 'Check that NTP runs on this host, at the OAuth server and at Temporal.';
  return new ProblemFound(DoctorCode.clockOff, early, ntp, evidence);
}

function withoutTls(
  { authEnabled, credentials, options, env, temporal }: DiagnosisContext,
  reached: string,
  host: string,
): Found {
  const variables = [{ name: 'TEMPORAL_TLS', family: 'neutral' as const }, ...place.tlsEnabled.variables];
  const inSettings = setVariables({ variables }, env)[0]?.name ?? 'the Temporal profile';
  const inSecret = credentials?.tlsEnabled === undefined ? 'default' : 'workflow_tls_enabled';
  const unsaid = temporal?.settings.tls === false ? inSettings : inSecret;
  const description = `${reached}; TLS is off (${options.tls === undefined ? unsaid : 'option tls'})`;
  if (!authEnabled || isLoopbackHost(host)) return { description };
  const cause = 'TLS is off, and the token goes to another host in every call.';
  const remedy = 'Set TEMPORAL_TLS=true (or tls: true), unless the network itself encrypts.';
  return { description, code: DoctorCode.tokenInPlaintext, cause, remedy };
}
