import { isJsonObject, parseJson, systemClock, withDeadline } from '@worker-auth/internal';
import { directFetch, readBounded } from '@worker-auth/internal/network';
import { type CliHost, UsageError } from './command-line.ts';
import { runbookUrl } from '../conditions/runbook.ts';
import { visible } from '../doctor/diagnosis-context.ts';

const maxBytes = 1_048_576;

/** What a pod says that is wrong, as `health().conditions` has it. */
interface Condition {
  readonly code: string;
  readonly cause: string;
  readonly remedy: string;
  readonly severity: string;
  readonly since?: string;
}

/** Reads the conditions of a running program from its health handler. @returns the exit code, as of a diagnosis */
export async function reportHealth(
  url: string,
  { out, paint }: CliHost,
  { isJson, timeoutMs }: { readonly isJson: boolean; readonly timeoutMs: number },
): Promise<number> {
  if (!URL.canParse(url)) throw new UsageError(`--health must be a URL, not "${url}"`);
  const target = new URL(url);
  if (target.pathname === '/') target.pathname = '/healthz';
  const timeoutError = (): Error => new UsageError(`${target.origin} gives no answer: check --health`);
  const ask = async (signal: AbortSignal): Promise<string> =>
    (await readBounded(await directFetch(target.href, { signal }), maxBytes)).text;
  const asked = withDeadline(ask, { clock: systemClock, timeoutMs, timeoutError });
  const text = await asked.catch(() => '');
  const conditions = conditionsIn(parseJson(text));
  if (conditions === undefined)
    throw new UsageError(`${target.origin} gives no health of a worker: check --health`);
  const lines = conditions.flatMap(({ code, cause, remedy, severity, since }) => [
    paint(severity === 'critical' ? 'red' : 'yellow', `${severity === 'critical' ? '✗' : '!'} ${cause}`),
    `  ${remedy}`,
    paint('dim', `  ${code}${since === undefined ? '' : `, since ${since}`}: ${runbookUrl(code)}`),
    '',
  ]);
  const last =
    conditions.length === 0 ? paint('green', '✓ Nothing is wrong') : `${conditions.length} conditions`;
  out(isJson ? JSON.stringify({ conditions }, undefined, 2) : visible([...lines, last].join('\n')));
  if (conditions.some(({ severity }) => severity === 'critical')) return 3;
  return conditions.length > 0 ? 4 : 0;
}

function conditionsIn(page: unknown): readonly Condition[] | undefined {
  const health = isJsonObject(page) && isJsonObject(page['health']) ? page['health'] : page;
  const list: unknown = isJsonObject(health) ? health['conditions'] : undefined;
  return Array.isArray(list) ? (list as readonly Condition[]) : undefined;
}
