import { readFileSync } from 'node:fs';
import type { TemporalWorkflowClientOptions } from '../settings/temporal-options.ts';
import { diagnose } from '../doctor/diagnose.ts';
import type { Diagnosis } from '../doctor/diagnosis.ts';
import type { DiagnoseOptions } from '../doctor/scene.ts';
import {
  applicationOf,
  type CliValues,
  type Command,
  commonOptions,
  type ExitCode,
  timeoutMsOf,
  UsageError,
} from './command.ts';
import { diagnosisText } from './diagnosis-text.ts';

/** What is wrong between this process and Temporal. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary:
    'Looks at configuration, secret store, token endpoint, token and Temporal, and says what is wrong and what to do.',
  options: {
    ...commonOptions,
    tls: { type: 'boolean', description: 'TLS to Temporal; default what workflow_tls_enabled says' },
    'tls-ca': {
      type: 'string',
      value: 'file',
      description:
        "TLS to Temporal, whose certificate this authority (PEM) signed; default the host's authorities",
    },
    'token-file': {
      type: 'string',
      value: 'file',
      description: 'the token comes from this file, as by tokenFile',
    },
    'permissions-claim-name': {
      ...{ type: 'string', value: 'name' },
      description: "the server's permissionsClaimName; default permissions",
    },
    'permissions-regex': {
      ...{ type: 'string', value: 'regex' },
      description: "the server's permissionsRegex; default namespace:role",
    },
    audience: {
      type: 'string',
      value: 'audience',
      description: "the server's audience; default not looked at",
    },
    workers: { type: 'string', value: 'number', description: 'how many workers run in the namespace' },
    short: { type: 'boolean', description: 'only what is not as it should be' },
    json: { type: 'boolean', description: 'the same as JSON' },
  },
  examples: ['doctor', 'doctor --short --timeout 2', 'doctor --application postgres-extraction --json'],
  async run(values, { out, paint, env }) {
    const isShort = values['short'] === true;
    const isJson = values['json'] === true;
    if (isShort && isJson) throw new UsageError('--short and --json exclude each other');
    const diagnosis = await diagnose({
      ...applicationOf(values),
      ...tlsOf(values),
      ...serverOf(values),
      native: true,
      timeoutMs: timeoutMsOf(values),
      env,
    });
    out(isJson ? JSON.stringify(diagnosis, undefined, 2) : diagnosisText(diagnosis, { paint, isShort }));
    return exitCodeOf(diagnosis);
  },
};

function exitCodeOf({ success, categories }: Diagnosis): ExitCode {
  if (!success) return 3;
  return categories.some(({ checks }) => checks.some(({ result }) => result === 'warning')) ? 4 : 0;
}

function serverOf(values: CliValues): DiagnoseOptions {
  const text = (name: string): string | undefined => {
    const value = values[name];
    if (value === '') throw new UsageError(`--${name} must not be empty`);
    return typeof value === 'string' ? value : undefined;
  };
  const workers = text('workers');
  if (workers !== undefined && !/^[1-9]\d{0,8}$/.test(workers))
    throw new UsageError(`--workers must be a whole number from 1, not "${workers}"`);
  return {
    tokenFile: text('token-file'),
    ...(workers !== undefined && { workers: Number(workers) }),
    authorization: {
      permissionsClaimName: text('permissions-claim-name'),
      permissionsRegex: text('permissions-regex'),
      audience: text('audience'),
    },
  };
}

function tlsOf(values: CliValues): Pick<TemporalWorkflowClientOptions, 'tls'> {
  const { 'tls-ca': file } = values;
  if (typeof file !== 'string') return values['tls'] === true ? { tls: true } : {};
  try {
    return { tls: { serverRootCACertificate: readFileSync(file) } };
  } catch (error) {
    throw new UsageError(
      `--tls-ca: ${file} cannot be read (${String((error as NodeJS.ErrnoException).code)})`,
    );
  }
}
