import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Clock ticks a second of `/proc/PID/stat` (`getconf CLK_TCK`), the same on every Linux that Node runs on. */
export const ticksPerSecond = 100;

/** What a process costs while it does nothing. */
interface IdleCost {
  /** Of one core, in percent. */
  readonly cpuPercent: number;
  readonly residentMb: number;
}

/** Watches a process for some seconds, by `/proc`. */
export async function idleCost(pid: number, seconds: number): Promise<IdleCost> {
  const before = await ticksOf(pid);
  await sleep(seconds * 1_000);
  const cpuPercent = ((await ticksOf(pid)) - before) / ticksPerSecond / seconds;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const residentMb = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024;
  return { cpuPercent: cpuPercent * 100, residentMb };
}

/** Of user and system, in ticks. */
export async function ticksOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
