import { readBoundedFile } from '@worker-auth/internal/file';
import type { TemporalWorkflowClientOptions } from '../settings/temporal-options.ts';
import { diagnose } from '../doctor/diagnose.ts';
import type { DiagnoseOptions, Diagnosis } from '../doctor/diagnosis.ts';
import { maxCertificateBytes } from '../settings/network.ts';
import {
  applicationOf,
  type CliValues,
  type Command,
  commonOptions,
  type ExitCode,
  flag,
  textOf,
  timeoutMsOf,
  UsageError,
  valued,
} from './command.ts';
import { diagnosisText } from './diagnosis-text.ts';

/** What is wrong between this process and Temporal. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary:
    'Looks at configuration, secret store, token endpoint, token and Temporal, and says what is wrong and what to do.',
  options: {
    ...commonOptions,
    tls: flag('TLS to Temporal; default what workflow_tls_enabled says'),
    'tls-ca': valued('file', "TLS to Temporal by this authority (PEM); default the host's authorities"),
    'token-file': valued('file', 'the token comes from this file, as by tokenFile'),
    agent: valued('url|file', 'the token is that of an agent: http://host:port, unix:/path or its file'),
    'bearer-file': valued('file', 'what the agent at --agent asks its callers for'),
    'permissions-claim-name': valued('name', "the server's permissionsClaimName; default permissions"),
    'permissions-regex': valued('regex', "the server's permissionsRegex; default namespace:role"),
    audience: valued('audience', "the server's audience; default not looked at"),
    workers: valued('number', 'how many workers run in the namespace'),
    short: flag('only what is not as it should be'),
    json: flag('the same as JSON'),
  },
  examples: [
    'doctor',
    'doctor --short --timeout 2',
    'doctor --application postgres-extraction --json',
    'doctor --agent /var/run/worker-auth/token',
  ],
  async run(values, { out, paint, env }) {
    const isShort = values['short'] === true;
    const isJson = values['json'] === true;
    if (isShort && isJson) throw new UsageError('--short and --json exclude each other');
    const diagnosis = await diagnose({
      ...applicationOf(values),
      ...(await tlsOf(values)),
      ...examinedOf(values),
      native: true,
      timeoutMs: timeoutMsOf(values),
      env,
    });
    out(isJson ? JSON.stringify(diagnosis, undefined, 2) : diagnosisText(diagnosis, paint, isShort));
    return exitCodeOf(diagnosis);
  },
};

function exitCodeOf({ success, categories }: Diagnosis): ExitCode {
  const isWarned = categories.some(({ checks }) => checks.some(({ result }) => result === 'warning'));
  return success ? (isWarned ? 4 : 0) : 3;
}

function examinedOf(values: CliValues): DiagnoseOptions {
  const text = (name: string): string | undefined => textOf(values, name);
  const [workers, tokenFile, agent] = [text('workers'), text('token-file'), text('agent')];
  const agentBearerFile = text('bearer-file');
  if (workers !== undefined && !/^[1-9]\d{0,8}$/.test(workers))
    throw new UsageError(`--workers must be a whole number from 1, not "${workers}"`);
  if (tokenFile !== undefined && agent !== undefined)
    throw new UsageError('--agent and --token-file exclude each other');
  if (agent === undefined && agentBearerFile !== undefined)
    throw new UsageError('--bearer-file needs --agent');
  return {
    ...{ tokenFile, agent, agentBearerFile },
    workers: workers === undefined ? undefined : Number(workers),
    authorization: {
      permissionsClaimName: text('permissions-claim-name'),
      permissionsRegex: text('permissions-regex'),
      audience: text('audience'),
    },
  };
}

async function tlsOf(values: CliValues): Promise<Pick<TemporalWorkflowClientOptions, 'tls'>> {
  const { 'tls-ca': file } = values;
  if (typeof file !== 'string') return values['tls'] === true ? { tls: true } : {};
  try {
    const text = await readBoundedFile(file, { maxBytes: maxCertificateBytes });
    return { tls: { serverRootCACertificate: Buffer.from(text) } };
  } catch (error) {
    const { code = 'no file' } = error as NodeJS.ErrnoException;
    throw new UsageError(`--tls-ca: ${file} cannot be read (${code})`);
  }
}
