import type { Connection } from '@temporalio/client';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { connectClient } from '../connection/client-connection.ts';
import { type ConnectionSettings, type Presentation, targetOf } from '../connection/connection-settings.ts';
import { TokenReplacement } from '../tokens/token-replacement.ts';
import { callFailure, grpcCode } from '../errors/refusal.ts';
import { TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { type TemporalTarget, translate } from '../errors/translate.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';
import type { PermissionVerdict } from './check-permission.ts';
import type { CheckedToken } from './check-token.ts';
import type { CheckOptions, Found } from './examination.ts';
import { permissionsIn } from './permission.ts';
import { ProblemFound } from './problem.ts';
import { type DiagnosisScene, inTime } from './scene.ts';

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
}

/**
 * Makes the calls by which a worker begins.
 *
 * @returns what Temporal says of the permissions of the token
 */
export async function checkCalls(scene: DiagnosisScene, asked: CallSettings): Promise<PermissionVerdict> {
  const { examination } = scene;
  const { authEnabled, token } = asked;
  const opened = await open(scene, asked);
  const hasNoToken = authEnabled && token === undefined;
  try {
    const explain: CheckOptions['explain'] = ({ code }) =>
      hasNoToken && code === TemporalAuthErrorCode.callRefused
        ? examination.causeAmong(['token-request'])
        : undefined;
    await examination.check('temporal-system-info', { explainedBy: ['temporal-tls'], explain }, () => {
      if (!opened.isGreeted) throw opened.error;
      return { value: undefined, description: 'Temporal answers GetSystemInfo' };
    });
    if (examination.skipAfter(['temporal-namespace', 'temporal-write'], ['token-request'])) return 'unknown';
    return await checkNamespace(scene, asked, opened);
  } finally {
    await opened.connection?.close();
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
    const connection = await connectClient({
      ...{ settings, namespace, timeoutMs, clock, signal, onGreeted },
      tokens: tokens && new TokenReplacement(tokens, clock),
    });
    return { isGreeted, connection };
  } catch (error) {
    return {
      isGreeted,
      error: translate(error, {
        target: calledBy(asked),
        tokens: tokens?.activeTokens ?? [],
        signal,
        isGreeted,
      }),
    };
  }
}

/** @returns what Temporal says of the permissions */
async function checkNamespace(
  scene: DiagnosisScene,
  asked: CallSettings,
  opened: Opened,
): Promise<PermissionVerdict> {
  const { examination } = scene;
  const { client, token } = asked;
  const { namespace } = client.settings.place;
  const claimed = token?.jwt && permissionsIn(token.jwt.claims, namespace).mayWrite;
  let verdict: PermissionVerdict = 'unknown';
  const explain: CheckOptions['explain'] = ({ code }) => {
    if (code !== TemporalAuthErrorCode.permissionMissing) return undefined;
    verdict = 'refused';
    return claimed === false ? 'token-permission' : undefined;
  };
  const needs = ['temporal-system-info'] as const;
  await examination.check('temporal-namespace', { needs, explain }, () => {
    if (opened.connection === undefined) throw opened.error;
    return { value: undefined, description: `Temporal describes the namespace "${namespace}"` };
  });
  const mayWrite = await examination.check(
    'temporal-write',
    { needs: [...needs, 'temporal-namespace'], explain },
    () => askToWrite(scene, asked, opened.connection),
  );
  return mayWrite === true ? 'granted' : verdict;
}

/** Asks with an empty worker heartbeat, which needs the right to write, as polls do, and changes nothing. */
async function askToWrite(
  scene: DiagnosisScene,
  asked: CallSettings,
  connection: Connection | undefined,
): Promise<Found<boolean>> {
  if (connection === undefined) throw new TypeError('The connection is not open');
  const { namespace } = asked.client.settings.place;
  try {
    await inTime(scene, `answer of Temporal at ${asked.settings.address}`, (signal) =>
      connection.withAbortSignal(signal, () =>
        connection.workflowService.recordWorkerHeartbeat({ namespace, workerHeartbeat: [] }),
      ),
    );
    return { value: true, description: `the token may poll in the namespace "${namespace}"` };
  } catch (error) {
    if (error instanceof ProblemFound) throw error;
    if (callFailure(error).grpcStatus === grpcCode.unimplemented)
      return {
        value: false,
        description: 'the server has no call by which the right to poll can be asked for',
      };
    throw translate(error, {
      ...{ target: calledBy(asked), tokens: tokensOf(asked)?.activeTokens ?? [] },
      ...{ signal: scene.signal, isGreeted: true },
    });
  }
}

/** The token, else the API key of a profile while authentication is off. */
function tokensOf({ token, client }: CallSettings): TemporalTokens | undefined {
  return token?.tokens ?? client.profileKey;
}

function calledBy(asked: CallSettings): TemporalTarget {
  const target = targetOf({ ...asked.client, tokens: tokensOf(asked) });
  return { ...target, authEnabled: target.authEnabled || asked.authEnabled };
}
