import type { Connection } from '@temporalio/client';
import { scaling } from '../worker/worker-run.ts';
import { DoctorCode } from './doctor-code.ts';
import type { DiagnosisContext } from './diagnosis-context.ts';

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

/**
 * Whether workers can run on this platform at all.
 *
 * @param isMusl whether the C library is musl, as on Alpine
 */
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

/** Whether the server knows what workers use. */
export async function checkVersion(
  context: DiagnosisContext,
  connection: Connection | undefined,
): Promise<void> {
  await context.check('temporal-version', async () => {
    const { serverVersion = '' } = (await connection?.workflowService.getSystemInfo({})) ?? {};
    const description = `Temporal is version ${serverVersion === '' ? 'unknown' : serverVersion}`;
    const [, major = NaN, minor = NaN] = (/^(\d+)\.(\d+)/.exec(serverVersion) ?? []).map(Number);
    const isOld = major < scalingVersion[0] || (major === scalingVersion[0] && minor < scalingVersion[1]);
    if (!isOld) return description;
    const error = `${description}, and pollers scale from ${scalingVersion.join('.')} on. Update it, or set workflowTaskPollerBehavior: { type: 'simple-maximum' }, and so on.`;
    return { description, code: DoctorCode.serverOld, error };
  });
}

/** Whether the polls of all workers fit into what a frontend allows to a namespace. */
export async function checkPolls(context: DiagnosisContext): Promise<void> {
  const { workers, namespaceCount = defaultNamespaceCount } = context.options;
  if (workers === undefined)
    context.skip(['temporal-polls'], 'how many workers there are is not said (option workers)');
  else
    await context.check('temporal-polls', () => {
      const each = scaling.minimum;
      const polls = workers * each;
      const description = `${workers} workers with ${each} pollers of each kind have ${polls} polls open, of ${namespaceCount} that one frontend allows`;
      if (polls <= namespaceCount) return description;
      const error = `${description} (frontend.namespaceCount). Raise it, run more frontends, or set fewer pollers.`;
      return { description, code: DoctorCode.tooManyPolls, error };
    });
}

function usesMusl(): boolean {
  const { header } = process.report.getReport() as {
    readonly header: { readonly glibcVersionRuntime?: string };
  };
  return process.platform === 'linux' && header.glibcVersionRuntime === undefined;
}
