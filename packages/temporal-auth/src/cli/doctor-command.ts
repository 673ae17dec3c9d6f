import { isJsonObject, parseJson, systemClock, withDeadline } from '@worker-auth/internal';
import { directFetch, readBounded } from '@worker-auth/internal/network';
import type { Condition } from '@worker-auth/calls/conditions/codes';
import { runbookUrl } from '@worker-auth/calls/conditions/runbook';
import { diagnose } from '../doctor/diagnose.ts';
import type { Check, CheckResult, Diagnosis } from '../doctor/diagnosis.ts';
import { visible } from '@worker-auth/internal';
import { identity } from '@worker-auth/calls/settings/table';
import {
  type CliHost,
  type CliValues,
  type Command,
  commonOptions,
  noneWithout,
  readAuthorities,
  textOf,
  timeoutMsOf,
  UsageError,
  variableOf,
  wholeOf,
} from '@worker-auth/calls/command-line';
import { examineProgram } from './examined-program.ts';

/** Longest page of a health handler that is read, in bytes. */
const maxBytes = 1_048_576;

const signs = {
  success: ['green', '✓'],
  note: ['cyan', 'i'],
  warning: ['yellow', '!'],
  error: ['red', '✗'],
} as const;

export const doctorCommand: Command = {
  name: 'doctor',
  summary:
    'Looks at configuration, secret store, token endpoint, token and Temporal, and says what is wrong and what to do.',
  options: {
    ...commonOptions,
    '--tls': 'TLS to Temporal; default what workflow_tls_enabled says',
    '--tls-ca <file>': "certificate authority of Temporal (PEM); default the host's authorities",
    '--token-file <file>': `the token comes from this file; default ${variableOf(identity.tokenFile)}`,
    '--agent <url|file>': 'the token is that of an agent: http://host:port, unix:/path or its file',
    '--bearer-file <file>': 'bearer token file of the agent at --agent',
    '--permissions-claim-name <name>': "the server's permissionsClaimName; default permissions",
    '--permissions-regex <regex>': "the server's permissionsRegex; default namespace:role",
    '--audience <audience>': "the server's audience; default not checked",
    '--workers <number>': 'how many workers run in the namespace',
    '--task-queue <name>': 'task queue whose pollers are checked',
    '--health <url>': 'the conditions of a running program, from its health handler, in place of all checks',
    '--short': 'shows only failures and warnings',
    '--json': 'the same as JSON',
  },
  examples: [
    'worker-auth doctor',
    'worker-auth doctor --short --timeout 2',
    'worker-auth doctor --application postgres-extraction --json',
    'worker-auth doctor --agent /var/run/worker-auth/token',
    'worker-auth doctor --health http://10.0.0.7:8080',
    'worker-auth doctor -- node lib/worker.js',
  ],
  takesProgram: true,
  async run(values, { out, paint, env }, program) {
    const text = (name: string): string | undefined => textOf(values, name);
    const [isShort, isJson] = [values['short'] === true, values['json'] === true];
    if (isShort && isJson) throw new UsageError('--short and --json exclude each other');
    const applicationName = text('application');
    const tls = tlsOf(values);
    const workers = wholeOf(values, 'workers', 1_000_000);
    const [tokenFile, agent, agentBearerFile] = [text('token-file'), text('agent'), text('bearer-file')];
    if (tokenFile !== undefined && agent !== undefined)
      throw new UsageError('--agent and --token-file exclude each other');
    if (agent === undefined) noneWithout(values, ['bearer-file'], 'agent');
    const timeoutMs = timeoutMsOf(values);
    const health = text('health');
    if (health !== undefined) {
      const conditions = await conditionsAt(health, timeoutMs);
      out(isJson ? JSON.stringify({ conditions }, undefined, 2) : conditionsText(conditions, paint));
      if (conditions.some(({ severity }) => severity === 'critical')) return 3;
      return conditions.length > 0 ? 4 : 0;
    }
    const common = {
      env,
      timeoutMs,
      taskQueue: text('task-queue'),
      workers,
      authorization: {
        permissionsClaimName: text('permissions-claim-name'),
        permissionsRegex: text('permissions-regex'),
        audience: text('audience'),
      },
    };
    const named = { applicationName, tls, tokenFile, agent, agentBearerFile };
    const byEnvironment = () => diagnose({ ...common, ...named, native: true });
    const diagnosis = await (program.length === 0
      ? byEnvironment()
      : examineProgram(program, common, byEnvironment));
    out(isJson ? JSON.stringify(diagnosis, undefined, 2) : diagnosisText(diagnosis, paint, isShort));
    if (!diagnosis.success) return 3;
    return countOf(diagnosis, 'warning') > 0 ? 4 : 0;
  },
};

function tlsOf({ 'tls-ca': file, tls }: CliValues) {
  if (typeof file === 'string') return { serverRootCACertificate: readAuthorities(file) };
  return tls === true ? true : undefined;
}

/** What a running program says that is wrong, by its health handler. */
async function conditionsAt(url: string, timeoutMs: number): Promise<readonly Condition[]> {
  if (!URL.canParse(url)) throw new UsageError(`--health must be a URL, not "${url}"`);
  const target = new URL(url);
  // The other pages have the codes alone.
  target.pathname = target.pathname.replace(/\/(?:livez|readyz)?$/, '/healthz');
  const error = new UsageError(`${target.origin} gives no health of a worker: check --health`);
  const ask = async (signal: AbortSignal): Promise<string> =>
    (await readBounded(await directFetch(target.href, { signal }), maxBytes)).text;
  const asked = withDeadline(ask, { clock: systemClock, timeoutMs, timeoutError: () => error });
  const page = parseJson(await asked.catch(() => ''));
  const health = isJsonObject(page) && isJsonObject(page['health']) ? page['health'] : page;
  const list: unknown = isJsonObject(health) ? health['conditions'] : undefined;
  if (!Array.isArray(list) || !list.every(isJsonObject)) throw error;
  return list as object[] as readonly Condition[];
}

function conditionsText(conditions: readonly Condition[], paint: CliHost['paint']): string {
  const lines = conditions.flatMap(({ code, cause, remedy, severity, since }) => [
    ...problemLines(severity === 'critical' ? 'error' : 'warning', { cause, remedy }, paint),
    paint('dim', `  ${code}, since ${since}: ${runbookUrl(code)}`),
    '',
  ]);
  const count =
    conditions.length === 0 ? paint('green', '✓ Nothing is wrong') : `${conditions.length} conditions`;
  return visible([...lines, count].join('\n'));
}

/** A diagnosis in lines: what is wrong, each cause with its remedy below; then the checks, and how it ends. */
export function diagnosisText(diagnosis: Diagnosis, paint: CliHost['paint'], isShort: boolean): string {
  const all = diagnosis.categories.flatMap(({ checks }) => checks);
  const problems = [
    ...all.filter(({ name }) => diagnosis.causes.includes(name)),
    ...all.filter(({ result, consequenceOf }) => result === 'warning' && consequenceOf === undefined),
  ].flatMap((check) => [
    ...problemLines(check.result === 'warning' ? 'warning' : 'error', check, paint),
    paint('dim', `  ${String(check.code)} (${check.name}): ${check.url}`),
    '',
  ]);
  const notes = all.filter(({ result }) => result === 'note').map((check) => checkLine(check, paint).trim());
  const lines = diagnosis.categories.flatMap(({ categoryName, checks }) => [
    paint('bold', categoryName),
    ...checks.map((check) => checkLine(check, paint)),
    '',
  ]);
  return [...problems, ...(isShort ? notes : lines), summary(diagnosis, paint)].join('\n');
}

function problemLines(
  result: 'error' | 'warning',
  { cause = '', remedy = '', evidence = [] }: Pick<Check, 'cause' | 'remedy' | 'evidence'>,
  paint: CliHost['paint'],
): readonly string[] {
  const [style, sign] = signs[result];
  return [
    paint(style, `${sign} ${cause}`),
    `  ${remedy}`,
    ...evidence.map((line) => paint('dim', `  - ${line}`)),
  ];
}

function checkLine({ result, description, consequenceOf }: Check, paint: CliHost['paint']): string {
  if (result === 'skipped') return paint('dim', `  - ${description}`);
  const [style, sign] = signs[result];
  const follows = consequenceOf === undefined ? '' : ` (a consequence of "${consequenceOf}")`;
  return `  ${paint(style, sign)} ${description}${follows}`;
}

function summary(diagnosis: Diagnosis, paint: CliHost['paint']): string {
  const [failed, warned] = [countOf(diagnosis, 'error'), countOf(diagnosis, 'warning')];
  const checks = (count: number): string => (count === 1 ? '1 check' : `${count} checks`);
  if (!diagnosis.success)
    return paint('red', `✗ ${checks(failed)} failed. Begin with: ${diagnosis.causes.join(', ')}`);
  if (warned > 0) return paint('yellow', `! No check failed; ${checks(warned)} warned`);
  return paint('green', '✓ All checks passed');
}

function countOf({ categories }: Diagnosis, wanted: CheckResult): number {
  return categories.flatMap(({ checks }) => checks).filter(({ result }) => result === wanted).length;
}
