import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Before a command line: its program is the first process of a PID namespace, as that of a container is. Signals that it does not handle do
 * nothing there, and all others end with it. Needs Linux and root.
 */
export const asFirstProcess = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] as const;

/** Why this machine has no such namespaces; `undefined` when it has. */
export function firstProcessProblem(): string | undefined {
  const [command, ...args] = asFirstProcess;
  const { error, status, stderr } = spawnSync(command, [...args, 'true'], { encoding: 'utf8' });
  return error === undefined && status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/**
 * The id of the first process, outside of its namespace.
 *
 * @param pid of `unshare`
 */
export function firstProcessOf(pid: number): number {
  const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  if (child === '') throw new Error(`Process ${pid} has no child`);
  return Number(child);
}
