import { readBoundedFile } from '@worker-auth/internal/file';
import { diagnose } from '../doctor/diagnose.ts';
import type { Check, CheckResult, Diagnosis } from '../doctor/diagnosis.ts';
import { identity } from '../settings/table.ts';
import { maxCertificateBytes } from '../settings/tls.ts';
import {
  type CliHost,
  type CliValues,
  type Command,
  commonOptions,
  textOf,
  timeoutMsOf,
  UsageError,
  variableOf,
} from './command-line.ts';

const signs = { success: ['green', '✓'], warning: ['yellow', '!'], error: ['red', '✗'] } as const;

export const doctorCommand: Command = {
  name: 'doctor',
  summary:
    'Looks at configuration, secret store, token endpoint, token and Temporal, and says what is wrong and what to do.',
  options: {
    ...commonOptions,
    '--tls': 'TLS to Temporal; default what workflow_tls_enabled says',
    '--tls-ca <file>': "TLS to Temporal by this authority (PEM); default the host's authorities",
    '--token-file <file>': `the token comes from this file; default ${variableOf(identity.tokenFile)}`,
    '--agent <url|file>': 'the token is that of an agent: http://host:port, unix:/path or its file',
    '--bearer-file <file>': 'what the agent at --agent asks its callers for',
    '--permissions-claim-name <name>': "the server's permissionsClaimName; default permissions",
    '--permissions-regex <regex>': "the server's permissionsRegex; default namespace:role",
    '--audience <audience>': "the server's audience; default not looked at",
    '--workers <number>': 'how many workers run in the namespace',
    '--short': 'only what is not as it should be',
    '--json': 'the same as JSON',
  },
  examples: [
    'doctor',
    'doctor --short --timeout 2',
    'doctor --application postgres-extraction --json',
    'doctor --agent /var/run/worker-auth/token',
  ],
  async run(values, { out, paint, env }) {
    const text = (name: string): string | undefined => textOf(values, name);
    const isShort = values['short'] === true;
    const isJson = values['json'] === true;
    if (isShort && isJson) throw new UsageError('--short and --json exclude each other');
    const applicationName = text('application');
    const tls = await tlsOf(values);
    const [workers, tokenFile, agent] = [text('workers'), text('token-file'), text('agent')];
    const agentBearerFile = text('bearer-file');
    if (workers !== undefined && !/^[1-9]\d{0,8}$/.test(workers))
      throw new UsageError(`--workers must be a whole number from 1, not "${workers}"`);
    if (tokenFile !== undefined && agent !== undefined)
      throw new UsageError('--agent and --token-file exclude each other');
    if (agent === undefined && agentBearerFile !== undefined)
      throw new UsageError('--bearer-file needs --agent');
    const diagnosis = await diagnose({
      ...{ applicationName, tls, tokenFile, agent, agentBearerFile, env },
      workers: workers === undefined ? undefined : Number(workers),
      authorization: {
        permissionsClaimName: text('permissions-claim-name'),
        permissionsRegex: text('permissions-regex'),
        audience: text('audience'),
      },
      native: true,
      timeoutMs: timeoutMsOf(values),
    });
    out(isJson ? JSON.stringify(diagnosis, undefined, 2) : diagnosisText(diagnosis, paint, isShort));
    if (!diagnosis.success) return 3;
    return countOf(diagnosis, 'warning') > 0 ? 4 : 0;
  },
};

async function tlsOf(values: CliValues) {
  const { 'tls-ca': file } = values;
  if (typeof file !== 'string') return values['tls'] === true ? true : undefined;
  try {
    const text = await readBoundedFile(file, { maxBytes: maxCertificateBytes });
    return { serverRootCACertificate: Buffer.from(text) };
  } catch (error) {
    const { code } = error as { readonly code: string };
    throw new UsageError(`--tls-ca: ${file} cannot be read (${code})`);
  }
}

/** A diagnosis in lines, with a last one that says how it ends. */
export function diagnosisText(diagnosis: Diagnosis, paint: CliHost['paint'], isShort: boolean): string {
  const isTold = ({ result }: Check): boolean => !isShort || result === 'warning' || result === 'error';
  const lines = diagnosis.categories.flatMap(({ categoryName, checks }) => {
    const told = checks.filter(isTold).flatMap((check) => checkLines(check, paint));
    return told.length === 0 ? [] : [paint('bold', categoryName), ...told, ''];
  });
  return [...lines, summary(diagnosis, paint)].join('\n');
}

function checkLines(check: Check, paint: CliHost['paint']): string[] {
  const { result, description, error, code, consequenceOf, runbook } = check;
  if (result === 'skipped') return [paint('dim', `  - ${description}`)];
  const [style, sign] = signs[result];
  const line = `  ${paint(style, sign)} ${description}`;
  if (error === undefined) return [line];
  const place =
    consequenceOf === undefined
      ? `${String(code)}: see ${runbook}`
      : `This is a consequence of "${consequenceOf}".`;
  return [line, ...[...error.split('\n'), place].map((text) => `      ${text}`)];
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
