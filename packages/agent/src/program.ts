/** The program behind `--`: what it finds in its environment, which signals it gets, and how it ends. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { isOneOf } from '@worker-auth/calls/settings/setting';
import { elsewhere, secretVariables } from '@worker-auth/calls/settings/table';

export const endingSignals = ['SIGTERM', 'SIGINT'] as const;

export const forwardedSignals = [...endingSignals, 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** What the agent is for: the program needs none of it. GitHub gives assertions to those who have the last. */
const credentials = [...secretVariables, { name: 'ACTIONS_ID_TOKEN_REQUEST_TOKEN' }];

/** What the proxy is for. */
const ofConnection = /^TEMPORAL_(?:TLS|API_KEY|GRPC_META_AUTHORIZATION$)/;

/** Where workers find the proxy, and how. */
export interface ProxyPlace {
  /** `host:port`, or `unix:/path`. */
  readonly address: string;
  readonly isTls: boolean;
  /** What they present as API key. */
  readonly bearer: string | undefined;
}

/** The program finds Temporal behind the proxy, where there is one. */
export function programEnv(
  env: NodeJS.ProcessEnv,
  proxy: ProxyPlace | undefined,
  passSecrets: boolean,
): NodeJS.ProcessEnv {
  const passed = Object.entries(env).filter(
    ([name]) =>
      (passSecrets || !isOneOf(credentials, name)) && (proxy === undefined || !ofConnection.test(name)),
  );
  if (proxy === undefined) return Object.fromEntries(passed);
  const { address, isTls, bearer } = proxy;
  // An API key alone would switch TLS on.
  const key = { TEMPORAL_API_KEY: bearer, TEMPORAL_TLS: String(isTls) };
  return { ...Object.fromEntries(passed), TEMPORAL_ADDRESS: address, ...(bearer !== undefined && key) };
}

/** Variables of the environment with a proxy's address that has a login: the program gets it too, since it may need the proxy. */
export function passedLogins(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.keys(env).filter(
    (name) => isOneOf(elsewhere.proxy.variables, name) && /^(?:\w+:\/\/)?[^/]*@/.test(env[name] ?? ''),
  );
}

/**
 * Returns its exit code; 128 and the number of the signal that ended it, 127 when there is no such program, 126 when it cannot be run.
 *
 * @param report called with the reason when it cannot be run
 */
export async function runProgram(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  report: (reason: string) => void,
): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env });
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  child.once('exit', (code, signal) => {
    resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]);
  });
  // Of a signal that may not be sent to it, as to a program of another user, it makes an error too, and runs on.
  child.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (child.pid !== undefined) return;
    report(`error: ${program} cannot be run (${String(code)})`);
    resolve(code === 'ENOENT' ? 127 : 126);
  });
  // A terminal sends its signals to both; the second one would be taken for a demand to end at once.
  const ofTerminal: readonly string[] = process.stdin.isTTY ? ['SIGINT', 'SIGQUIT', 'SIGHUP'] : [];
  const forward = (signal: NodeJS.Signals): void => {
    if (!ofTerminal.includes(signal)) child.kill(signal);
  };
  for (const signal of forwardedSignals) process.on(signal, forward);
  try {
    return await ended;
  } finally {
    for (const signal of forwardedSignals) process.off(signal, forward);
  }
}

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
