import type { Connection } from '@temporalio/client';
import { sanitize } from '@worker-auth/internal/network';
import { callFailure, isRejection } from '@worker-auth/calls/errors/rejection';
import { scaling } from '../worker/worker-run.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';
import { problemOf, warned } from './problem.ts';

/** Of these `@temporalio/core-bridge` has builds; those for Linux need glibc. */
export const builtFor: readonly string[] = [
  'darwin arm64',
  'darwin x64',
  'linux arm64',
  'linux x64',
  'win32 x64',
];

/** Pollers scale from this version on. */
const scalingVersion = '1.28';

/** A load balancer with a few frontends shows them all, most of the time. */
const connectionCount = 4;

/** Temporal's own limit, on each instance of the frontend. */
const defaultNamespaceCount = 1_200;

export async function checkPlatform(
  context: DiagnosisContext,
  name = `${process.platform} ${process.arch}`,
  isMusl = usesMusl(),
): Promise<void> {
  await context.check('platform', () => {
    const whole = isMusl ? `${name} with musl (Alpine)` : name;
    if (builtFor.includes(name) && !isMusl) return `Temporal's native module has a build for ${whole}`;
    const instead = name.startsWith('win32') ? 'Node for x64' : 'an image with glibc, such as node:24-slim';
    return warned(
      `this is ${whole}`,
      'DOCTOR_PLATFORM_UNSUPPORTED',
      `Temporal's native module has no build for ${whole}: clients work, workers do not start.`,
      `Use ${instead}.`,
    );
  });
}

/** A load balancer gives each connection to a frontend of its choice. */
export async function checkFrontends(
  context: DiagnosisContext,
  open: () => Promise<Pick<Connection, 'workflowService' | 'close'>>,
): Promise<void> {
  const ask = async () => {
    const connection = await open();
    try {
      return (await connection.workflowService.getSystemInfo({})).serverVersion;
    } finally {
      await connection.close();
    }
  };
  await context.check('temporal-frontends', async () => {
    const tries = await Promise.allSettled(Array.from({ length: connectionCount }, ask));
    const evidence = tries.map((result) =>
      result.status === 'fulfilled' ? `version ${result.value}` : problemOf(result.reason).cause,
    );
    const versions = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const accepted = `of ${connectionCount} more connections ${versions.length} are accepted`;
    if (new Set(evidence).size > 1) {
      return {
        ...warned(
          accepted,
          'DOCTOR_FRONTENDS_DIFFER',
          `Connections to Temporal are not answered alike: ${accepted}.`,
          'Compare the frontends behind the address: their version, keys and authorization.',
        ),
        evidence,
      };
    }
    const [version = ''] = versions;
    const is = `Temporal is version ${version === '' ? 'unknown' : version}`;
    const description = `${is}; ${connectionCount} more connections are answered alike`;
    const compared = version.localeCompare(scalingVersion, 'en', { numeric: true });
    if (!/^\d+\.\d/.test(version) || compared >= 0) return description;
    return warned(
      description,
      'DOCTOR_SERVER_OLD',
      `${is}, and pollers scale from ${scalingVersion} on.`,
      "Update it, or set workflowTaskPollerBehavior: { type: 'simple-maximum' }, and so on.",
    );
  });
}

export async function checkPollers(
  context: DiagnosisContext,
  connection: Connection | undefined,
  namespace: string,
): Promise<void> {
  const { taskQueue } = context.options;
  if (taskQueue === undefined)
    context.skip(['temporal-pollers'], 'no task queue is named (option taskQueue)');
  if (taskQueue === undefined || connection === undefined) return;
  const pollersOf = async (kind: string, taskQueueType: number): Promise<readonly string[]> => {
    // The enumeration is of a package that is none of ours.
    const asked: object = { namespace, taskQueue: { name: taskQueue }, taskQueueType };
    const { pollers } = await connection.workflowService.describeTaskQueue(asked);
    return pollers.map(({ identity }) => `${kind} poller ${sanitize(identity ?? 'without a name')}`);
  };
  await context.check('temporal-pollers', async () => {
    const ask = () => Promise.all([pollersOf('workflow', 1), pollersOf('activity', 2)]);
    // No worker needs the call.
    const found = await context.inTime('answer of Temporal to DescribeTaskQueue', ask).catch(() => undefined);
    if (found === undefined) return `Temporal does not say who polls the task queue "${taskQueue}"`;
    const evidence = found.flat();
    const description = `the task queue "${taskQueue}" has ${evidence.length} pollers`;
    if (evidence.length > 0) return { description, evidence };
    return warned(
      description,
      'DOCTOR_NO_POLLERS',
      `No worker has polled the task queue "${taskQueue}" for five minutes.`,
      'Check that workers run, in this namespace and with this task queue.',
    );
  });
}

export async function checkEarlierToken(
  context: DiagnosisContext,
  connection: Connection | undefined,
  namespace: string,
): Promise<void> {
  const { tokens, tokenFile } = context;
  if (tokenFile !== undefined) context.skip(['temporal-earlier-token'], 'the token comes from a file');
  if (connection === undefined || tokens === undefined || tokenFile !== undefined) return;
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
    return warned(
      'Temporal rejects a token after the next one was issued',
      'DOCTOR_ONE_TOKEN_PER_CLIENT',
      'Temporal accepted a token and rejected it after the next one was issued: the OAuth server keeps one token for each client.',
      'Have replicas share one token (worker-auth-agent), or give each a client of its own.',
    );
  };
  await context.check('temporal-earlier-token', () => context.inTime('answer to an earlier token', compare));
}

export async function checkPolls(context: DiagnosisContext): Promise<void> {
  const { workers, namespaceCount = defaultNamespaceCount } = context.options;
  if (workers === undefined)
    context.skip(['temporal-polls'], 'the number of workers is not known (option workers)');
  else
    await context.check('temporal-polls', () => {
      const polls = workers * scaling.minimum;
      const open = `${workers} workers with ${scaling.minimum} pollers of each kind have ${polls} polls open`;
      const description = `${open}, of ${namespaceCount} that one frontend allows`;
      if (polls <= namespaceCount) return description;
      return warned(
        description,
        'DOCTOR_TOO_MANY_POLLS',
        `${description} (frontend.namespaceCount).`,
        'Raise it, run more frontends, or set fewer pollers.',
      );
    });
}

function usesMusl(): boolean {
  const { header } = process.report.getReport() as { readonly header: Readonly<Record<string, unknown>> };
  return process.platform === 'linux' && header['glibcVersionRuntime'] === undefined;
}
