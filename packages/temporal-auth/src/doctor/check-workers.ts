import type { Connection } from '@temporalio/client';
import { callFailure, isRejection } from '../errors/rejection.ts';
import { scaling } from '../worker/worker-run.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';

/** Of these `@temporalio/core-bridge` has builds; those for Linux need glibc. */
export const builtFor: readonly string[] = [
  'darwin arm64',
  'darwin x64',
  'linux arm64',
  'linux x64',
  'win32 x64',
];

/** Pollers scale from this on. */
const scalingVersion = [1, 28] as const;

/** Temporal's own, on each instance of the frontend. */
const defaultNamespaceCount = 1_200;

export async function checkPlatform(
  context: DiagnosisContext,
  name = `${process.platform} ${process.arch}`,
  isMusl = usesMusl(),
): Promise<void> {
  await context.check('platform', () => {
    const whole = isMusl ? `${name} with musl (Alpine)` : name;
    const has = "Temporal's native module has";
    if (builtFor.includes(name) && !isMusl) return `${has} a build for ${whole}`;
    const instead = name.startsWith('win32') ? 'Node for x64' : 'an image with glibc, such as node:24-slim';
    const error = `${has} no build for ${whole}: clients work, workers do not start. Use ${instead}.`;
    return { description: `this is ${whole}`, code: DoctorCode.platformUnsupported, error };
  });
}

export async function checkVersion(context: DiagnosisContext, connection?: Connection): Promise<void> {
  await context.check('temporal-version', async () => {
    const ask = async () => connection?.workflowService.getSystemInfo({});
    const { serverVersion = '' } = (await context.inTime('answer of Temporal to GetSystemInfo', ask)) ?? {};
    const description = `Temporal is version ${serverVersion === '' ? 'unknown' : serverVersion}`;
    const [, major = NaN, minor = NaN] = (/^(\d+)\.(\d+)/.exec(serverVersion) ?? []).map(Number);
    const isOld = major < scalingVersion[0] || (major === scalingVersion[0] && minor < scalingVersion[1]);
    if (!isOld) return description;
    const error = `${description}, and pollers scale from ${scalingVersion.join('.')} on. Update it, or set workflowTaskPollerBehavior: { type: 'simple-maximum' }, and so on.`;
    return { description, code: DoctorCode.serverOld, error };
  });
}

export async function checkEarlierToken(
  context: DiagnosisContext,
  connection: Connection | undefined,
  namespace: string,
): Promise<void> {
  const { tokens } = context;
  const name = 'temporal-earlier-token';
  if (context.tokenFile !== undefined) context.skip([name], 'the token comes from a file');
  if (connection === undefined || tokens === undefined || context.tokenFile !== undefined) return;
  const isAccepted = async (accessToken: string): Promise<boolean> => {
    const ask = () => connection.workflowService.describeNamespace({ namespace });
    try {
      await connection.withMetadata({ authorization: `Bearer ${accessToken}` }, ask);
      return true;
    } catch (error) {
      if (isRejection(callFailure(error))) return false;
      throw error;
    }
  };
  const compare = async (signal: AbortSignal): Promise<Found | string> => {
    const earlier = await tokens.getToken({ signal });
    const newest = await tokens.getToken({ forceRefresh: true, signal });
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

export async function checkPolls(context: DiagnosisContext): Promise<void> {
  const { workers, namespaceCount = defaultNamespaceCount } = context.options;
  const { minimum: each } = scaling;
  if (workers === undefined)
    context.skip(['temporal-polls'], 'how many workers there are is not said (option workers)');
  else
    await context.check('temporal-polls', () => {
      const polls = workers * each;
      const description = `${workers} workers with ${each} pollers of each kind have ${polls} polls open, of ${namespaceCount} that one frontend allows`;
      if (polls <= namespaceCount) return description;
      const error = `${description} (frontend.namespaceCount). Raise it, run more frontends, or set fewer pollers.`;
      return { description, code: DoctorCode.tooManyPolls, error };
    });
}

function usesMusl(): boolean {
  const { header } = process.report.getReport() as { readonly header: Readonly<Record<string, unknown>> };
  return process.platform === 'linux' && header['glibcVersionRuntime'] === undefined;
}
