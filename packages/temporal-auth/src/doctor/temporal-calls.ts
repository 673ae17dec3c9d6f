import type { Connection } from '@temporalio/client';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { connectClient } from '../connection/client-connection.ts';
import { type ConnectionSettings, type Presentation, targetOf } from '../connection/connection-settings.ts';
import { connectNative } from '../connection/native-connection.ts';
import { routedNative } from '../network/routed-options.ts';
import { TokenReplacement } from '../tokens/token-replacement.ts';
import { callFailure, grpcCode } from '../errors/refusal.ts';
import { TemporalAuthError, TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { type ErrorContext, translate } from '../errors/translate.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';
import type { PermissionVerdict } from './check-permission.ts';
import type { CheckedToken } from './check-token.ts';
import { checkPolls, checkVersion } from './check-workers.ts';
import { DoctorCode } from './doctor-code.ts';
import type { CheckOptions, Found } from './examination.ts';
import { mapClaims } from './permission.ts';
import { authOrigin } from './origin.ts';
import { ProblemFound } from './problem.ts';
import { type DiagnosisScene, inTime, silentLogger } from './scene.ts';

/** What is known before Temporal is asked. */
export interface KnownOfTokens {
  readonly authEnabled: boolean;
  readonly credentials: ApplicationCredentials | undefined;
  /** `undefined` when there is none. */
  readonly token: CheckedToken | undefined;
}

/** What Temporal is asked with. */
export interface CallSettings extends KnownOfTokens {
  readonly settings: ConnectionSettings;
  readonly client: Presentation;
}

/** What came of the first two calls. */
interface Opened {
  readonly isGreeted: boolean;
  readonly connection?: Connection;
  readonly error?: unknown;
  /** Whether something answers, and knows no call of Temporal's. */
  readonly isOther?: boolean;
}

/**
 * Makes the calls by which a worker begins.
 *
 * @returns what Temporal says of the permissions of the token
 */
export async function checkCalls(scene: DiagnosisScene, asked: CallSettings): Promise<PermissionVerdict> {
  const { examination } = scene;
  const { authEnabled, token, client } = asked;
  const { namespace } = client.settings.place;
  const opened = await open(scene, asked);
  const { connection, isGreeted, isOther, error } = opened;
  const problem = token?.jwt && mapClaims(token.jwt.claims, namespace, scene.options.authorization).problem;
  const isPermission = problem?.code === DoctorCode.permissionMissing;
  let verdict: PermissionVerdict = 'unknown';
  const explain: CheckOptions['explain'] = ({ code }) => {
    const isRefused = code === TemporalAuthErrorCode.callRefused;
    if (!isRefused && code !== TemporalAuthErrorCode.permissionMissing) return undefined;
    if (authEnabled && token === undefined) return examination.causeAmong(['token-request']);
    if (problem === undefined || (isRefused && isPermission)) return undefined;
    verdict = 'refused';
    return 'token-permission';
  };
  const options = { explainedBy: ['temporal-tls'], explain } as const;
  const [greeting, needs] = ['temporal-system-info', ['temporal-system-info', 'temporal-namespace']] as const;
  try {
    await examination.check(greeting, options, () => {
      if (isOther === true) throw noTemporal(client.settings.place.address);
      if (!isGreeted) throw switchedOff(scene, asked, error);
      return { value: undefined, description: 'Temporal answers GetSystemInfo' };
    });
    const later = ['temporal-namespace', 'temporal-write', 'temporal-native', 'temporal-version'] as const;
    if (examination.skipAfter([...later, 'temporal-polls'], ['token-request', greeting])) return verdict;
    await examination.check('temporal-namespace', { explain }, () => {
      if (connection === undefined) throw switchedOff(scene, asked, error);
      return { value: undefined, description: `Temporal describes the namespace "${namespace}"` };
    });
    const isGranted = await examination.check('temporal-write', { needs, explain }, () =>
      inTime(scene, `answer of Temporal at ${client.settings.place.address}`, () =>
        askToWrite(scene, asked, connection),
      ),
    );
    if (scene.options.native !== true)
      examination.skip(['temporal-native'], 'it is not asked for (option native)');
    else
      await examination.check('temporal-native', { needs: [...needs, 'temporal-write'] }, () =>
        openNative(scene, asked),
      );
    await checkVersion(scene, connection);
    await checkPolls(scene);
    return isGranted === true ? 'granted' : verdict;
  } finally {
    await connection?.close();
  }
}

async function open({ timeoutMs, clock, signal }: DiagnosisScene, asked: CallSettings): Promise<Opened> {
  let isGreeted = false;
  const onGreeted = (): void => {
    isGreeted = true;
  };
  const { settings, client } = asked;
  const { namespace } = client.settings.place;
  const tokens = tokensOf(asked);
  try {
    // What fails is not repeated: the reason would be that time is up.
    const connection = await connectClient({
      settings: { ...settings, connection: { interceptors: [], ...settings.connection } },
      ...{ namespace, timeoutMs, clock, signal, onGreeted },
      tokens: tokens && new TokenReplacement(tokens, clock),
    });
    return { isGreeted, connection };
  } catch (error) {
    const { grpcStatus, text } = callFailure(error);
    return {
      isGreeted,
      isOther:
        grpcStatus === grpcCode.unimplemented ||
        /^Received (?:HTTP status code 200|message larger|compressed)/.test(text),
      error: translated(asked, error, { signal, isGreeted }),
    };
  }
}

/** Asks with an empty worker heartbeat, which needs the right to write, as polls do, and changes nothing. */
async function askToWrite(
  { signal }: DiagnosisScene,
  asked: CallSettings,
  connection: Connection | undefined,
): Promise<Found<boolean>> {
  const { namespace } = asked.client.settings.place;
  try {
    await connection?.workflowService.recordWorkerHeartbeat({ namespace, workerHeartbeat: [] });
    return { value: true, description: `the token may poll in the namespace "${namespace}"` };
  } catch (error) {
    if (callFailure(error).grpcStatus !== grpcCode.unimplemented)
      throw translated(asked, error, { signal, isGreeted: true });
    return {
      value: false,
      description: 'the server has no call by which the right to poll can be asked for',
    };
  }
}

/** Opens a native connection as workers do, and closes it. */
async function openNative(scene: DiagnosisScene, asked: CallSettings): Promise<Found<undefined>> {
  const { clock, signal, timeoutMs } = scene;
  const value = undefined;
  const worker = await import('@temporalio/worker').catch(notLoaded);
  if (worker === undefined) return { value, description: '@temporalio/worker is not installed' };
  try {
    worker.Runtime.install({ logger: silentLogger, shutdownSignals: [] });
  } catch {
    // There is one already.
  }
  const { address, tls, metadata, network, nativeConnection } = asked.settings;
  const { namespace } = asked.client.settings.place;
  const apiKey = tokensOf(asked)?.peek();
  const options = {
    ...nativeConnection,
    address,
    tls,
    metadata: { ...metadata },
    ...(apiKey !== undefined && { apiKey }),
  };
  let isGreeted = false;
  const onGreeted = (): void => {
    isGreeted = true;
  };
  try {
    const connection = await connectNative({
      open: () => worker.NativeConnection.connect(routedNative(options, network)),
      ...{ place: { address, namespace }, network, isPlaintext: tls === false, onGreeted },
      ...{ timeoutMs, clock, signal },
    });
    await connection.close();
    return { value, description: 'the native connection of workers reaches Temporal, and may poll' };
  } catch (error) {
    throw translated(asked, error, { signal, isGreeted });
  }
}

/** @throws ProblemFound when it is installed, and cannot be loaded */
function notLoaded(error: unknown): undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'@temporalio/worker'")) return undefined;
  const [reason = ''] = message.split('\n');
  throw new ProblemFound(
    DoctorCode.platformUnsupported,
    `Temporal's native module cannot be loaded: ${reason}`,
  );
}

function noTemporal(address: string): ProblemFound {
  return new ProblemFound(
    DoctorCode.noTemporal,
    `What answers at ${address} speaks HTTP/2 and is no Temporal: it knows none of its calls. Check ATLAN_WORKFLOW_HOST and ATLAN_WORKFLOW_PORT.`,
  );
}

/** The error; of a refusal without a token, that authentication is off, and by what. */
function switchedOff(
  { env, options }: DiagnosisScene,
  { authEnabled, client }: CallSettings,
  error: unknown,
): unknown {
  const isRefused = error instanceof TemporalAuthError && error.code === TemporalAuthErrorCode.callRefused;
  if (!isRefused || authEnabled || client.profileKey !== undefined) return error;
  const from = authOrigin(options, env);
  return new ProblemFound(
    TemporalAuthErrorCode.switchedOff,
    `Authentication is off (${from}), so that no token is sent, and Temporal refuses the call. Set ATLAN_WORKFLOW_AUTH_ENABLED=true.`,
  );
}

function translated(asked: CallSettings, error: unknown, context: Partial<ErrorContext>): unknown {
  const target = targetOf({ ...asked.client, tokens: tokensOf(asked) });
  const whole = { ...target, authEnabled: target.authEnabled || asked.authEnabled };
  return translate(error, { target: whole, tokens: tokensOf(asked)?.activeTokens ?? [], ...context });
}

/** The token, else the API key of a profile while authentication is off. */
function tokensOf({ token, client }: CallSettings): TemporalTokens | undefined {
  return token?.tokens ?? client.profileKey;
}
