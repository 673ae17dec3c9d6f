import { type ChildProcess, spawn } from 'node:child_process';

/**
 * The program that stands between a test process and a server. It runs in a session of its own, so no signal for the
 * test's process group reaches it. When the channel to the test closes, by `stop()` or because the test process died
 * (`kill -9` included), it ends the server's whole process group and then itself.
 *
 * Arguments: the milliseconds between SIGTERM and SIGKILL, the command, its arguments.
 */
export type SupervisorMessage =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'ended'; readonly reason: string };

const [graceMs, command, ...args] = process.argv.slice(2);
if (command === undefined) throw new TypeError('usage: supervisor GRACE_MS COMMAND ARGS...');

const server = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
server.once('spawn', () => {
  send({ kind: 'started', pid: server.pid ?? 0 });
});
server.once('error', (error) => {
  leave({ kind: 'failed', message: error.message });
});
server.once('exit', (code, signal) => {
  killGroup(server, 'SIGKILL');
  leave({ kind: 'ended', reason: signal ?? `exit code ${code ?? 'unknown'}` });
});
process.once('disconnect', stop);
process.once('SIGTERM', stop);

function stop(): void {
  killGroup(server, 'SIGTERM');
  setTimeout(() => {
    killGroup(server, 'SIGKILL');
  }, Number(graceMs));
}

function killGroup(leader: ChildProcess, signal: NodeJS.Signals): void {
  if (leader.pid === undefined) return;
  try {
    process.kill(-leader.pid, signal);
  } catch {
    // The group is gone already.
  }
}

function send(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message);
}

function leave(message: SupervisorMessage): void {
  if (!process.connected) process.exit();
  process.send?.(message, () => process.exit());
}
