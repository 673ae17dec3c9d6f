import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished, vi } from 'vitest';

/** @returns a folder that is removed when the test is over */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'servers-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes an executable shell script. */
export async function script(path: string, body: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A process that runs one of the fixtures; it is killed when the test is over. */
export interface RunningFixture {
  readonly pid: number;
  /** The next line of its standard output. */
  nextLine(): Promise<string>;
  /** Resolves with its exit code. */
  readonly exit: Promise<number | null>;
}

export function runFixture(name: string, args: readonly string[]): RunningFixture {
  const file = join(import.meta.dirname, 'fixtures', name);
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: AsyncIterator<string> = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    exit: once(child, 'exit').then(([code]) => code as number | null),
    async nextLine() {
      const line = (await lines.next()) as IteratorResult<string, undefined>;
      return line.value ?? '';
    },
  };
}

/** @returns whether the process runs: one that has ended, and that the system has not noticed yet, does not */
export function isRunning(pid: number): boolean {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && !stdout.startsWith('Z');
}

/** Resolves when none of the processes runs any more. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  await vi.waitUntil(() => !pids.some(isRunning), { timeout: 60_000, interval: 20 });
}
