import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { systemClock } from '@worker-auth/internal';
import { sanitize } from '@worker-auth/internal/network';
import { runbookUrl } from '@worker-auth/calls/conditions/runbook';
import type { Check, DiagnoseOptions, Diagnosis } from '../doctor/diagnosis.ts';
import { DoctorCode } from '../doctor/doctor-code.ts';
import { type Problem, problem } from '../doctor/problem.ts';
import { UsageError } from '@worker-auth/calls/command-line';

/** How long a program may take, in steps of the diagnosis: to run its workers after it made its client, and as a whole, since a dozen checks may take one each. */
const steps = { wait: 4, whole: 20 };

/** How long another worker is waited for, in milliseconds. */
const settleMs = 1_000;

/** What is kept of the output, in characters, and shown of its end, in lines. */
const [maxOutput, maxLines] = [8_192, 5];

/** What the program hands over. */
interface Examined {
  readonly code: number;
  readonly diagnosis: Diagnosis;
}

const isSource = import.meta.url.endsWith('.ts');

/**
 * Runs a program until its workers would poll, which they do not: the diagnosis is by the options that it has. A program that fails before is a failure.
 *
 * @param byEnvironment makes the diagnosis where the program makes neither a client of this package nor a worker
 */
export async function examineProgram(
  [command = '', ...args]: readonly string[],
  {
    env = {},
    timeoutMs = 5_000,
    ...options
  }: Pick<DiagnoseOptions, 'env' | 'timeoutMs' | 'authorization' | 'workers' | 'taskQueue'>,
  byEnvironment: () => Promise<Diagnosis>,
): Promise<Diagnosis> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-'));
  started.defer(() => rm(folder, { recursive: true }));
  const file = join(folder, 'diagnosis.json');
  const order = { file, waitMs: steps.wait * timeoutMs, settleMs, options: { ...options, timeoutMs } };
  const { href } = new URL(isSource ? '../doctor-program.ts' : './doctor-program.js', import.meta.url);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...env,
      NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} --import=${href}`.trim(),
      WORKER_AUTH_DOCTOR: JSON.stringify(order),
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-maxOutput);
      // What it prints is no part of the diagnosis.
      process.stderr.write(text);
    });
  let late: string | undefined;
  // Not by the option timeout, which outlives a program that does not start.
  const bound = systemClock.startTimer(() => {
    late = `was ended after ${(steps.whole * timeoutMs) / 1_000} s`;
    child.kill('SIGKILL');
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  }, steps.whole * timeoutMs);
  started.defer(() => {
    bound.cancel();
  });
  const [code, signal] = (await once(child, 'close').catch((error: unknown) => {
    throw new UsageError(`${command} cannot be run (${(error as NodeJS.ErrnoException).code})`);
  })) as [number | null, string | null];
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const found = text === undefined ? undefined : (JSON.parse(text) as Examined);
  if (found?.code === 0) return found.diagnosis;
  const ended = signal === null ? `ended with exit code ${found?.code ?? code}` : `was ended by ${signal}`;
  const made = found === undefined ? ', and made no client of this package and ran no worker' : '';
  const cause = `The program ${late ?? ended}${made}.`;
  const remedy = 'See what it printed last, and name the program that makes the workers.';
  const about = problem(DoctorCode.programFailed, cause, remedy, lastOf(output));
  return found === undefined
    ? withFailure(await byEnvironment(), about)
    : withFailure(found.diagnosis, about, found.diagnosis.causes[0]);
}

/** Without stack traces; long words may be secrets. */
function lastOf(output: string): readonly string[] {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => /\w/.test(line) && !/^\s+at /.test(line));
  return lines.slice(-maxLines).map((line) => sanitize(line.replaceAll(/\S*[\w+=~-]{24,}\S*/g, '…')));
}

/** @param consequenceOf what is wrong by the program's own options */
function withFailure(
  { causes, categories }: Diagnosis,
  about: Problem,
  consequenceOf?: Check['name'],
): Diagnosis {
  const failure = {
    description: 'the program runs its workers',
    result: 'error' as const,
    url: runbookUrl(about.code),
    ...about,
    ...(consequenceOf !== undefined && { consequenceOf }),
  };
  return {
    success: false,
    causes: consequenceOf === undefined ? ['program', ...causes] : causes,
    categories: categories.map(({ categoryName, checks }) => ({
      categoryName,
      checks: checks.map((check) => (check.name === 'program' ? { ...check, ...failure } : check)),
    })),
  };
}
