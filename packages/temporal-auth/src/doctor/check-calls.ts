import { Connection } from '@temporalio/client';
import { dateMs } from '@worker-auth/internal';
import { Connector } from '../connection/connector.ts';
import { pollCalls } from '../connection/harmless-calls.ts';
import { type Presentation, targetOf } from '../connection/presentation.ts';
import { callFailure, grpcCode, isRejection } from '@worker-auth/calls/errors/rejection';
import { TemporalAuthError } from '@worker-auth/calls/errors/temporal-auth-error';
import { translate } from '@worker-auth/calls/errors/translate';
import { silentLogger } from '@worker-auth/calls/settings/loggers';
import { importWorker } from '@worker-auth/calls/settings/peers';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import type { WorkerMade } from '../worker/native-connections.ts';
import type { CheckName } from './catalogue.ts';
import { authOrigin } from './check-configuration.ts';
import { checkEarlierToken, checkFrontends, checkPollers } from './check-workers.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';
import { claimProblem } from './permission.ts';
import { type Problem, ProblemFound, problemOf } from './problem.ts';

/** How much clocks may differ, in milliseconds. */
const toleratedMs = 5_000;

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
    const isRejected = code === 'TEMPORAL_AUTH_CALL_REJECTED';
    if (!isRejected && code !== 'TEMPORAL_AUTH_PERMISSION_MISSING') return undefined;
    if (authEnabled && tokens === undefined) return context.causeAmong(['token-request']);
    const isPermission = problem?.code === 'DOCTOR_PERMISSION_MISSING';
    return problem === undefined || (isRejected && isPermission) ? undefined : 'token-permission';
  };
  const { workers = [] } = context.program ?? {};
  const poll = async (): Promise<Found<true>> => {
    for (const worker of workers.length === 0 ? [{}] : workers)
      await pollAs(worker, connection, namespace).catch((error: unknown) => {
        const at = inNamespace(client, worker.namespace);
        throw withoutPlugin(worker, error) ?? translated(context, at, error, true);
      });
    const all = new Set([namespace, ...workers.map((worker) => worker.namespace ?? namespace)]);
    return { value: true, description: `polls are allowed in the namespace "${[...all].join('" and "')}"` };
  };
  try {
    await context.check(
      'temporal-namespace',
      () => connecting.then(() => `Temporal answers in the namespace "${namespace}"`),
      explain,
    );
    if (authEnabled && tokens === undefined) return false;
    const steps = Math.max(workers.length, 1);
    const ask = () => context.inTime(`answer of Temporal at ${address}`, poll, { steps });
    const isGranted = await context.check('temporal-write', ask, explain);
    await checkAuthentication(context, client);
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

/** Makes the same call without a token: who accepts that checks none. */
async function checkAuthentication(context: DiagnosisContext, client: Presentation): Promise<void> {
  const { settings, tokens } = client;
  const { address, namespace } = settings.place;
  if (tokens === undefined) context.skip(['temporal-authentication'], 'no token is sent');
  else
    await context.check('temporal-authentication', async () => {
      const bare = { ...client, tokens: undefined, settings: { ...settings, authorization: {} } };
      const connection = Connection.lazy(connectorOf(context, bare).ownClientOptions({ interceptors: [] }));
      const ask = () => pollAs({}, connection, namespace);
      const isFree = await context
        .inTime(`answer of Temporal at ${address}`, ask)
        .then(Boolean, () => false)
        // eslint-disable-next-line @typescript-eslint/no-misused-promises -- `finally` waits for it
        .finally(() => connection.close());
      if (!isFree) return 'Temporal accepts no call without a token';
      return {
        description: `Temporal at ${address} checks no token: it accepts the same call without one`,
        isNote: true,
      };
    });
}

/** Asks for the right of both kinds of polls, on the worker's own connection where there is one. */
async function pollAs(
  { connection: native, namespace }: WorkerMade,
  connection: Connection | undefined,
  usual: string,
): Promise<boolean> {
  const { workflowService } = native ?? connection ?? {};
  if (workflowService !== undefined)
    for (const poll of pollCalls) await poll(workflowService, namespace ?? usual);
  return true;
}

/** A worker of a program that has no token from here. */
function withoutPlugin({ plugins, taskQueue }: WorkerMade, error: unknown): ProblemFound | undefined {
  const isOurs = plugins?.some(({ name }) => name === '@worker-auth/temporal-auth') ?? true;
  if (isOurs || !isRejection(callFailure(error))) return undefined;
  return new ProblemFound(
    'TEMPORAL_AUTH_CALL_REJECTED',
    `The worker of task queue "${taskQueue}" has no plugin of this package, and Temporal rejects its polls.`,
    'Give the plugin to the worker or to its connection: plugins: [auth].',
  );
}

/** The same client for another namespace. */
export function inNamespace(client: Presentation, namespace = client.settings.place.namespace): Presentation {
  const { settings } = client;
  return { ...client, settings: { ...settings, place: { ...settings.place, namespace } } };
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
  throw new ProblemFound(
    'DOCTOR_PLATFORM_UNSUPPORTED',
    `Temporal's native module cannot be loaded: ${reason}`,
    'Use an image with glibc, such as node:24-slim, and install for this platform.',
  );
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
  if (isOther(error))
    return new ProblemFound(
      'DOCTOR_NO_TEMPORAL',
      `What answers at ${client.settings.place.address} speaks HTTP/2 and is no Temporal: it knows none of its calls.`,
      'Check TEMPORAL_ADDRESS.',
    );
  const target = { ...targetOf(client), ...(context.authEnabled && { authEnabled: true }) };
  const tokens = client.tokens?.activeTokens ?? [];
  const said = translate(error, { target, tokens, signal: context.signal, isGreeted });
  const isRejected = said instanceof TemporalAuthError && said.code === 'TEMPORAL_AUTH_CALL_REJECTED';
  if (!isRejected) return said;
  if (target.authEnabled) return aboutToken(context, said);
  return new ProblemFound(
    'TEMPORAL_AUTH_SWITCHED_OFF',
    `Authentication is off (${authOrigin(context)}): no token is sent, and Temporal rejects the call.`,
    'Set WORKER_AUTH_CLIENT_ID and the rest, and set no switch to false.',
  );
}

/** A rejection of the token, with what the token and the clocks say. */
function aboutToken({ jwt, clock }: DiagnosisContext, error: unknown): ProblemFound {
  const { iat, nbf, exp, aud, iss } = jwt?.claims ?? {};
  const nowMs = clock.wallNow();
  const times = Object.entries({ iat, nbf, exp }).flatMap(([name, date]) => {
    const seconds = Math.round(((dateMs(date) ?? NaN) - nowMs) / 1_000);
    const distance = seconds > 0 ? `in ${seconds} s` : `${-seconds} s ago`;
    return Number.isNaN(seconds) ? [] : [`${name} is ${distance} by this host's clock`];
  });
  const names = jwt === undefined ? [] : [`aud ${JSON.stringify(aud)}, iss ${JSON.stringify(iss)}`];
  const evidence = [...times, ...names];
  const earlyMs = Math.max(dateMs(iat) ?? 0, dateMs(nbf) ?? 0) - nowMs;
  const { code, cause, remedy } = problemOf(error);
  if (earlyMs <= toleratedMs) return new ProblemFound(code, cause, remedy, evidence);
  return new ProblemFound(
    'DOCTOR_CLOCK_OFF',
    `Temporal rejects the token, which is valid only in ${Math.round(earlyMs / 1_000)} s by this host's clock.`,
    'Check that NTP runs on this host, at the OAuth server and at Temporal.',
    evidence,
  );
}
