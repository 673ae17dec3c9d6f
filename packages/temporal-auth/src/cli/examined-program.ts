import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@worker-auth/internal';
import type { DiagnoseOptions, Diagnosis } from '../doctor/diagnosis.ts';
import { UsageError } from '@worker-auth/calls/command-line';

/** How long a program may take, in steps of the diagnosis: to make a worker after its client, and as a whole, since a dozen checks may take one each. */
const steps = { wait: 4, whole: 20 };

const isSource = import.meta.url.endsWith('.ts');

/**
 * Runs a program up to its first worker, which is not made: the diagnosis is by the options that it has. `undefined` where it ended, or went on,
 * without a client of this package.
 */
export async function examineProgram(
  [command = '', ...args]: readonly string[],
  {
    env = {},
    timeoutMs = 5_000,
    ...options
  }: Pick<DiagnoseOptions, 'env' | 'timeoutMs' | 'authorization' | 'workers' | 'taskQueue'>,
): Promise<Diagnosis | undefined> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-'));
  started.defer(() => rm(folder, { recursive: true }));
  const file = join(folder, 'diagnosis.json');
  const order = { file, waitMs: steps.wait * timeoutMs, options: { ...options, timeoutMs } };
  const { href } = new URL(isSource ? '../doctor-program.ts' : './doctor-program.js', import.meta.url);
  const child = spawn(command, args, {
    // What it prints is no part of the diagnosis.
    stdio: ['ignore', 2, 2],
    env: {
      ...env,
      NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} --import=${href}`.trim(),
      WORKER_AUTH_DOCTOR: JSON.stringify(order),
    },
  });
  // Not by the option timeout, which outlives a program that does not start.
  const bound = systemClock.startTimer(() => child.kill('SIGKILL'), steps.whole * timeoutMs);
  started.defer(() => {
    bound.cancel();
  });
  await once(child, 'exit').catch((error: unknown) => {
    throw new UsageError(`${command} cannot be run (${(error as NodeJS.ErrnoException).code})`);
  });
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Diagnosis);
}
