import type { Connection } from '@temporalio/client';
import { Connector } from '../connection/connector.ts';
import { type Presentation, targetOf } from '../connection/presentation.ts';
import { TokenReplacement } from '../tokens/token-replacement.ts';
import { callFailure, grpcCode, isRefusal } from '../errors/refusal.ts';
import { TemporalAuthError, TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { translate } from '../errors/translate.ts';
import type { CheckName } from './catalogue.ts';
import { authOrigin } from './check-configuration.ts';
import type { CheckedToken } from './check-token.ts';
import { checkVersion } from './check-workers.ts';
import {
  type DiagnosisContext,
  type Found,
  type Problem,
  ProblemFound,
  silentLogger,
} from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { claimProblem } from './permission.ts';

/** What is known before Temporal is asked. */
export interface KnownOfTokens {
  readonly authEnabled: boolean;
  /** `undefined` when there is none. */
  readonly token: CheckedToken | undefined;
}

type Asked = Presentation & Pick<KnownOfTokens, 'authEnabled'>;

/** Makes the calls by which a worker begins. @returns whether Temporal lets the token work */
export async function checkCalls(
  context: DiagnosisContext,
  { authEnabled, token }: KnownOfTokens,
  client: Presentation,
): Promise<boolean> {
  const { address, namespace } = client.settings.place;
  const asked = { ...client, authEnabled };
  let [isGreeted, failure]: [boolean, unknown?] = [false];
  const greet = (): void => {
    isGreeted = true;
  };
  const connection = await connectorOf(context, asked)
    .connect(context.signal, greet)
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
    const write = (): Promise<Found<boolean>> =>
      context.inTime(`answer of Temporal at ${address}`, () => askToWrite(context, asked, connection));
    const isGranted = await context.check('temporal-write', write, explain);
    if (context.options.native === true)
      await context.check('temporal-native', () => openNative(context, asked));
    else context.skip(['temporal-native'], 'it is not asked for (option native)');
    await checkEarlierToken(context, connection, { token, namespace });
    await checkVersion(context, connection);
    return isGranted === true;
  } finally {
    await connection?.close();
  }
}

/** Opens connections as a client does, in the time of the diagnosis. What fails is not repeated: the reason would be that time is up. */
function connectorOf({ timeoutMs, clock }: DiagnosisContext, client: Presentation): Connector {
  const settings = {
    ...client.settings,
    ...{ connectTimeoutMs: timeoutMs, clock, logger: silentLogger },
    connection: { interceptors: [], ...client.settings.connection },
  };
  return new Connector({ ...client, settings }, client.tokens && new TokenReplacement(client.tokens, clock));
}

/** Asks with an empty worker heartbeat, which needs the right to write, as polls do, and changes nothing. */
async function askToWrite(
  context: DiagnosisContext,
  asked: Asked,
  connection: Connection | undefined,
): Promise<Found<boolean>> {
  const { namespace } = asked.settings.place;
  try {
    await connection?.workflowService.recordWorkerHeartbeat({ namespace, workerHeartbeat: [] });
    return { value: true, description: `the token may poll in the namespace "${namespace}"` };
  } catch (error) {
    if (!isOther(error)) throw translated(context, asked, error, true);
    return { description: 'the server has no call by which the right to poll can be asked for' };
  }
}

/**
 * Whether Temporal accepts a token after the next one was issued. Where it does not, the OAuth server keeps one token for each client, so that
 * replicas end one another's tokens.
 */
export async function checkEarlierToken(
  context: DiagnosisContext,
  connection: Connection | undefined,
  { token, namespace }: Pick<KnownOfTokens, 'token'> & { readonly namespace: string },
): Promise<void> {
  const { options } = context;
  const name = 'temporal-earlier-token';
  if (options.tokenFile !== undefined) context.skip([name], 'the token comes from a file');
  if (connection === undefined || token === undefined || options.tokenFile !== undefined) return;
  const isAccepted = async (accessToken: string): Promise<boolean> => {
    const ask = () => connection.workflowService.describeNamespace({ namespace });
    try {
      await connection.withMetadata({ authorization: `Bearer ${accessToken}` }, ask);
      return true;
    } catch (error) {
      if (isRefusal(callFailure(error))) return false;
      throw error;
    }
  };
  const compare = async (signal: AbortSignal): Promise<Found | string> => {
    const earlier = await token.tokens.getToken({ signal });
    const newest = await token.tokens.getToken({ forceRefresh: true, signal });
    const accepted = 'Temporal accepts a token after the next one was issued';
    if (earlier === newest) return 'the token endpoint gives the same token again';
    if (await isAccepted(earlier)) return accepted;
    // Both rejected: what changed meanwhile has to do with something else.
    if (!(await isAccepted(newest))) return `${accepted}: not known, it rejects both by now`;
    return {
      description: 'Temporal rejects a token after the next one was issued',
      code: DoctorCode.oneTokenPerClient,
      error:
        'Temporal accepted a token and rejected it after the next one was issued: the OAuth server keeps one token for each client. ' +
        "Replicas with this client end one another's tokens. Have them share one (worker-auth agent), or give each a client of its own.",
    };
  };
  await context.check(name, () => context.inTime('answer to an earlier token', compare));
}

/** Opens a native connection as workers do, and closes it. */
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
  throw new ProblemFound(
    DoctorCode.platformUnsupported,
    `Temporal's native module cannot be loaded: ${reason}`,
  );
}

/** Whether it comes of something that answers, and knows no call of Temporal's: another gRPC service, a sidecar, or a page. */
function isOther(error: unknown): boolean {
  const { grpcStatus, text } = callFailure(error);
  const isForeign = /^Received (?:HTTP status code 200|message larger|compressed)|dapr-app-id/.test(text);
  return isForeign || grpcStatus === grpcCode.unimplemented;
}

function translated(context: DiagnosisContext, asked: Asked, error: unknown, isGreeted: boolean): unknown {
  if (isOther(error))
    return new ProblemFound(
      DoctorCode.noTemporal,
      `What answers at ${asked.settings.place.address} speaks HTTP/2 and is no Temporal: it knows none of its calls. Check ATLAN_WORKFLOW_HOST and ATLAN_WORKFLOW_PORT.`,
    );
  const target = { ...targetOf(asked), ...(asked.authEnabled && { authEnabled: true }) };
  const scope = { target, tokens: asked.tokens?.activeTokens ?? [], signal: context.signal, isGreeted };
  const said = translate(error, scope);
  const isRefused = said instanceof TemporalAuthError && said.code === TemporalAuthErrorCode.callRefused;
  if (!isRefused || target.authEnabled) return said;
  return new ProblemFound(
    TemporalAuthErrorCode.switchedOff,
    `Authentication is off (${authOrigin(context)}), so that no token is sent, and Temporal refuses the call. Set ATLAN_WORKFLOW_AUTH_ENABLED=true.`,
  );
}
