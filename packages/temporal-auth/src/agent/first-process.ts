import { existsSync } from 'node:fs';

const shell = '/bin/sh';

/** Of a shell: hands on signals, reaps what nobody else does, and ends as the program does. */
const script = `for s in TERM INT HUP QUIT USR1 USR2; do trap "kill -$s \\$c 2>/dev/null" $s; done
"$0" "$@" <&0 & c=$!
while :; do wait $c; e=$?; kill -0 $c 2>/dev/null || exit $e; done`;

/**
 * The first process of a container gets the children of those that have ended, and Node reaps none that it did not start. A shell does: it becomes the
 * first process, and this program its child. Does nothing elsewhere, and where Node cannot (before 22.15) or there is no shell.
 */
export function reapAsFirst(env: NodeJS.ProcessEnv): void {
  // Not there in each Node that this package is for.
  const { execve } = process as Partial<Pick<typeof process, 'execve'>>;
  if (process.pid !== 1 || execve === undefined || !existsSync(shell)) return;
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  execve(shell, ['sh', '-c', script, ...command], env);
}
