import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { constants } from 'node:os';
import { maxTimerMs, systemClock, WakeableTimer } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import { providers, type TokenSink, tokenSink, type TokenSinkOptions } from '@worker-auth/token-manager';
import { agentMetrics } from '../agent/agent-metrics.ts';
import {
  isLocal,
  listen,
  type ListenAddress,
  readListenAddress,
  tokenServer,
} from '../agent/token-server.ts';
import { switchedOff } from '../errors/own-errors.ts';
import { AtlanAuthClient } from '../facade/atlan-auth-client.ts';
import { readSwitch } from '../settings/auth-settings.ts';
import { readApplicationName } from '../settings/environment-credentials.ts';
import { environment } from '../settings/credentials.ts';
import { identity } from '../settings/table.ts';
import { applicationBehind } from '../tokens/application.ts';
import { proxyFlags, proxyPlanOf, startProxy } from './agent-proxy.ts';
import {
  type CliValues,
  type Command,
  commonOptions,
  textOf,
  UsageError,
  variableOf,
} from './command-line.ts';

/** Longest header that Node's HTTP server takes, in bytes. */
const maxBearerBytes = 16_384;

const endingSignals = ['SIGTERM', 'SIGINT'] as const;

const forwardedSignals = [...endingSignals, 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

export const agentCommand: Command = {
  name: 'agent',
  summary:
    'Keeps one token fresh in a file, or adds it to the calls of workers, for programs in any language.',
  options: {
    '--application <name>': commonOptions['--application <name>'],
    '--out <file>': 'the file that has the token; replaced in one step',
    '--details <file>': 'a second file: JSON with expiresAt and issuedAt, no token',
    '--group <id>': 'numeric id of a group that may read; default none',
    '--scope <scopes>': `what is asked for, with spaces between; default ${variableOf(identity.scope)}`,
    '--audience <audience>': `${identity.audience.meaning}; default ${variableOf(identity.audience)}`,
    '--sparing':
      'for tokens that cost money: refreshes at 80 % of their life, and requests few others; default each 30 minutes at least',
    '--listen <address>': 'host:port or unix:/path, for /token, /livez, /readyz and /metrics; default none',
    '--bearer-file <file>':
      'what callers of /token present; made when it does not exist. Needed with host:port',
    '--allow-remote': 'lets --listen take an address that others can reach',
    ...proxyFlags,
  },
  examples: [
    'agent --out /var/run/worker-auth/token',
    'agent --out /var/run/worker-auth/token --listen unix:/var/run/worker-auth/agent.sock',
    'agent --out /var/run/worker-auth/token -- python worker.py',
    'agent --proxy 127.0.0.1:7233 -- python worker.py',
  ],
  takesProgram: true,
  async run(values, { env, error }, program) {
    const texts = values as Readonly<Record<string, string | undefined>>;
    const { out: path, details: detailsPath, group, scope, audience, 'bearer-file': bearerFile } = texts;
    const plan = proxyPlanOf(values);
    if (path === '' || (path === undefined && plan === undefined))
      throw new UsageError('--out must name the file that gets the token, or --proxy where workers connect');
    if (group !== undefined && !/^\d{1,10}$/.test(group))
      throw new UsageError(`--group must be the numeric id of a group, not "${group}"`);
    const groupId = group === undefined ? undefined : Number(group);
    const address = addressOf(values);
    const name = textOf(values, 'application');
    if (!readSwitch({}, env, readApplicationName(name, env)).isOn) throw switchedOff();
    await using auth = new AtlanAuthClient({
      credentials: environment({
        ...{ application: name, scope, audience },
        // Charges for tokens.
        provider: values['sparing'] === true ? providers.auth0 : undefined,
      }),
      env,
    });
    const application = applicationBehind(auth);
    const { tokens, common } = application;
    if (tokens === undefined) throw switchedOff();
    const { logger } = common;
    const onErrorChange: TokenSinkOptions['onErrorChange'] = (failure) => {
      if (failure === undefined) logger.info('The token file is written again', { path });
      else logger.warn(failure.message, { code: failure.code });
    };
    await using sink =
      path === undefined
        ? undefined
        : tokenSink(tokens.manager, { path, detailsPath, groupId, onErrorChange });
    const ending = new AbortController();
    const end = ending.abort.bind(ending, undefined);
    for (const signal of endingSignals) process.on(signal, end);
    for (const signal of forwardedSignals) process.on(signal, goOn);
    const ended = untilAborted(ending.signal);
    const started = plan && (await startProxy(plan, { ...application, tokens }, groupId));
    const proxy = started?.proxy;
    let server: Server | undefined;
    let code: number;
    try {
      if (started !== undefined) error(`Workers find Temporal at ${started.address}`);
      if (address !== undefined) {
        const bearer = bearerFile === undefined ? undefined : await readBearer(bearerFile);
        const host = 'socket' in address ? undefined : address.host;
        const troubles = (): readonly string[] => proxy?.troubles ?? [];
        const metrics = agentMetrics(auth, sink, proxy);
        server = tokenServer({ auth, sink, troubles, metrics, bearer, host });
        error(`The agent listens at ${await listen(server, address, groupId)}`);
      }
      await auth.start();
      // The program starts when the first token is there; what ends the agent before that ends it without the program.
      const early = program.length === 0 ? await ended : await Promise.race([firstToken(auth, sink), ended]);
      code = early ?? (await runProgram(program, programEnv(env, started?.address)));
    } finally {
      const abandoned = (await proxy?.close(plan?.graceMs ?? 0)) ?? 0;
      if (abandoned > 0)
        error(`${abandoned} results of activities are abandoned; the activities may run again`);
      if (abandoned > 0) code = 3;
      end();
      for (const signal of endingSignals) process.off(signal, end);
      for (const signal of forwardedSignals) process.off(signal, goOn);
      server?.close();
      server?.closeAllConnections();
    }
    return code;
  },
};

/** Without a listener a signal that is for the program would end the agent. */
const goOn = (): void => undefined;

/** Resolves when there is a token, in the file where there is one. */
async function firstToken(auth: AtlanAuthClient, sink: TokenSink | undefined): Promise<undefined> {
  if (sink === undefined) await auth.getToken();
  else await sink.written();
}

/** What the proxy is for, and a program behind it needs none of. */
const ofAgent = /^TEMPORAL_(?:TLS|API_KEY)|client_secret$/i;

/** The program finds Temporal behind the proxy, and presents nothing. */
function programEnv(env: NodeJS.ProcessEnv, address: string | undefined): NodeJS.ProcessEnv {
  if (address === undefined) return env;
  const others = Object.entries(env).filter(([name]) => !ofAgent.test(name));
  return { ...Object.fromEntries(others), TEMPORAL_ADDRESS: address };
}

function addressOf(values: CliValues): ListenAddress | undefined {
  const { listen: text } = values;
  if (typeof text !== 'string') return undefined;
  const address = readListenAddress(text);
  if (address === undefined) throw new UsageError(`--listen must be host:port or unix:/path, not "${text}"`);
  if (!('socket' in address) && values['bearer-file'] === undefined)
    throw new UsageError(
      '--listen with host:port needs --bearer-file: every user of this machine reaches it',
    );
  if (!isLocal(address) && values['allow-remote'] !== true)
    throw new UsageError(`--listen ${text} can be reached by others: take 127.0.0.1, or add --allow-remote`);
  return address;
}

/** Made when the file does not exist: 256 random bits, for this user alone. */
async function readBearer(path: string): Promise<string> {
  const made = randomBytes(32).toString('base64url');
  try {
    await writeFile(path, made, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const text = await readBoundedFile(path, { maxBytes: maxBearerBytes }).catch((error: unknown) => {
    const { code } = error as { readonly code: string };
    throw new UsageError(`${path} (--bearer-file) cannot be read (${code})`);
  });
  const bearer = text.trim();
  if (bearer.length < 16) throw new UsageError(`${path} (--bearer-file) must hold 16 characters or more`);
  return bearer;
}

/** Keeps the process alive until then. */
async function untilAborted(signal: AbortSignal): Promise<0> {
  const timer = new WakeableTimer(systemClock, { keepAlive: true });
  while (!signal.aborted) await timer.wait(maxTimerMs, signal).catch(() => undefined);
  return 0;
}

/** Returns its exit code; 128 and the number of the signal that ended it, 127 when there is no such program, 126 when it cannot be run. */
export async function runProgram(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env });
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  child.once('exit', (code, signal) => {
    resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]);
  });
  // Of a signal that may not be sent to it, as to a program of another user, it makes an error too, and runs on.
  child.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (child.pid === undefined) resolve(code === 'ENOENT' ? 127 : 126);
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
