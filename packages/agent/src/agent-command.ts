import type { Server } from 'node:http';
import { maxTimerMs, systemClock, WakeableTimer } from '@worker-auth/internal';
import { type TokenSink, tokenSink } from '@worker-auth/token-manager';
import { agentMetrics } from './agent-metrics.ts';
import { FileLock } from './file-lock.ts';
import { isReplaceableByAll, tokenLeft } from './own-file.ts';
import {
  isLocal,
  listen,
  type ListenAddress,
  namedHost,
  readListenAddress,
  tokenServer,
} from './token-server.ts';
import { switchedOff } from '@worker-auth/calls/errors/own-errors';
import { readSwitch } from '@worker-auth/calls/settings/auth-settings';
import { readApplicationName } from '@worker-auth/calls/settings/environment-credentials';
import { environment } from '@worker-auth/calls/settings/credentials';
import { identity } from '@worker-auth/calls/settings/table';
import { readApplication } from '@worker-auth/calls/tokens/application';
import { authHealth } from '@worker-auth/calls/tokens/client-health';
import type { ApplicationTokens } from '@worker-auth/calls/tokens/application-tokens';
import {
  endingSignals,
  forwardedSignals,
  passedLogins,
  programEnv,
  reapAsFirst,
  runProgram,
} from './program.ts';
import { proxyFlags, proxyPlanOf, startProxy } from './proxy-command.ts';
import {
  type CliValues,
  type Command,
  commonOptions,
  noneWithout,
  readBearer,
  textOf,
  UsageError,
  variableOf,
  wholeOf,
} from '@worker-auth/calls/command-line';

/** Linux and macOS. */
const maxGroupId = 4_294_967_294;

export const agentCommand: Command = {
  name: 'worker-auth-agent',
  summary:
    'Keeps one token fresh in a file, or adds it to the calls of workers, for programs in any language.',
  options: {
    '--application <name>': commonOptions['--application <name>'],
    '--out <file>': 'the file that has the token; replaced in one step',
    '--details <file>': 'a second file: JSON with expiresAt and issuedAt, no token',
    '--group <id>': 'numeric id of a group that may read; default none',
    '--scope <scopes>': `requested scopes, separated by spaces; default ${variableOf(identity.scope)}`,
    '--audience <audience>': `${identity.audience.meaning}; default ${variableOf(identity.audience)}`,
    '--sparing':
      'for tokens that cost money: refreshes at 80 % of their life, and requests few others; default each 30 minutes at least',
    '--listen <address>': 'host:port or unix:/path, for /token, /livez, /readyz and /metrics; default none',
    '--bearer-file <file>':
      'bearer token that callers of /token present; made when it does not exist. Needed with host:port',
    '--allow-remote': 'lets --listen use an address that other machines can reach',
    '--pass-secrets': 'leaves the credentials in the environment of the program behind --',
    ...proxyFlags,
  },
  examples: [
    'worker-auth-agent --out /var/run/worker-auth/token',
    'worker-auth-agent --out /var/run/worker-auth/token --listen unix:/var/run/worker-auth/agent.sock',
    'worker-auth-agent --out /var/run/worker-auth/token -- python worker.py',
    'worker-auth-agent --proxy 127.0.0.1:7233 -- python worker.py',
  ],
  takesProgram: true,
  async run(values, { env, error }, program) {
    if (program.length > 0) reapAsFirst(env);
    const {
      out: path,
      scope,
      audience,
      'bearer-file': bearerFile,
    } = values as Readonly<Record<string, string | undefined>>;
    const detailsPath = textOf(values, 'details');
    const plan = proxyPlanOf(values, program.length > 0);
    if (path === '' || (path === undefined && plan === undefined))
      throw new UsageError('--out must name the file that gets the token, or --proxy where workers connect');
    if (path === undefined) noneWithout(values, ['details'], 'out');
    if (detailsPath !== undefined && detailsPath === path)
      throw new UsageError('--details must be another file than --out');
    const groupId = wholeOf(values, 'group', maxGroupId, 0);
    const address = addressOf(values);
    const name = textOf(values, 'application');
    const { isOn } = readSwitch({}, env, readApplicationName(name, env));
    const credentials = environment({
      application: name,
      scope,
      audience,
      // Charges for tokens.
      provider: values['sparing'] === true ? 'auth0' : undefined,
    });
    // With credentials it would be on; where it is off, it logs what of the environment is not used.
    const application = readApplication({ env, ...(isOn ? { credentials } : { applicationName: name }) });
    const { common } = application;
    await using tokens = application.tokens;
    if (tokens === undefined) throw switchedOff();
    const { conditions, logger } = common;
    const health = () => ({ ...authHealth(tokens), conditions: conditions.list });
    const onErrorChange = (failure: Error | undefined): void => {
      if (failure === undefined) conditions.clear('TOKEN_FILE_FAILED');
      else conditions.raise('TOKEN_FILE_FAILED', { cause: failure.message });
    };
    const onLockChange = (failure: Error | undefined): void => {
      onErrorChange(failure ?? sink?.error);
    };
    const lock = path === undefined ? undefined : await FileLock.take(path, onLockChange);
    if (path !== undefined) {
      if (await isReplaceableByAll(path))
        logger.warn('Every user may replace the token file: its folder is writable by all', { path });
      tokens.on('refreshFailed', () => void keepToken(tokens, path, detailsPath));
    }
    await using sink =
      path === undefined
        ? undefined
        : tokenSink(whileOwn(tokens, lock), { path, detailsPath, groupId, onErrorChange });
    const ending = new AbortController();
    const end = ending.abort.bind(ending, undefined);
    for (const signal of endingSignals) process.on(signal, end);
    for (const signal of forwardedSignals) process.on(signal, goOn);
    const ended = untilAborted(ending.signal);
    let started: Awaited<ReturnType<typeof startProxy>> | undefined;
    let server: Server | undefined;
    let code: number;
    try {
      started = plan && (await startProxy(plan, { ...application, tokens }, groupId));
      if (started !== undefined)
        error(`Workers find Temporal at ${started.address} (it is ${started.upstream})`);
      if (address !== undefined) {
        const bearer =
          bearerFile === undefined ? undefined : await readBearer(bearerFile, 'bearer-file', logger);
        const host = namedHost(address);
        const troubles = (): readonly string[] => started?.proxy.troubles.map(({ text }) => text) ?? [];
        const metrics = agentMetrics({ on: tokens.on, health }, started?.proxy);
        server = tokenServer({ tokens, health, sink, troubles, metrics, bearer, host });
        error(`The agent listens at ${await listen(server, address, groupId)}`);
      }
      tokens.start();
      // The program starts when the first token is there; what ends the agent before that ends it without the program.
      const early =
        program.length === 0 ? await ended : await Promise.race([firstToken(tokens, sink), ended]);
      const forProgram = programEnv(env, started, values['pass-secrets'] === true);
      if (program.length > 0)
        for (const variable of passedLogins(forProgram))
          logger.info('The program gets the login of the HTTP proxy too', { variable });
      code = early ?? (await runProgram(program, forProgram, error));
    } finally {
      const abandoned = (await started?.proxy.close(plan?.graceMs ?? 0)) ?? 0;
      if (abandoned > 0) {
        error(`${abandoned} results of activities are abandoned; the activities may run again`);
        code = 3;
      }
      end();
      for (const signal of endingSignals) process.off(signal, end);
      for (const signal of forwardedSignals) process.off(signal, goOn);
      server?.close();
      server?.closeAllConnections();
      await lock?.release();
    }
    return code;
  },
};

/** Without a listener a signal that is for the program would end the agent. */
const goOn = (): void => undefined;

/** Resolves when there is a token, in the file where there is one. */
async function firstToken(tokens: ApplicationTokens, sink: TokenSink | undefined): Promise<undefined> {
  if (sink !== undefined) {
    await sink.written();
    return undefined;
  }
  const { promise, resolve } = Promise.withResolvers<undefined>();
  tokens.subscribe(() => {
    resolve(undefined);
  });
  return tokens.peek() === undefined ? promise : undefined;
}

/** The tokens while this agent owns the file, which is looked at before each write. */
function whileOwn(
  { manager }: ApplicationTokens,
  lock: FileLock | undefined,
): Parameters<typeof tokenSink>[0] {
  return {
    peek: () => (lock?.isOwn() === false ? undefined : manager.peek()),
    subscribe: manager.subscribe.bind(manager),
    get expiresAt() {
      return manager.expiresAt;
    },
  };
}

/** While the provider is unavailable, programs have the token that an earlier agent left. */
async function keepToken(
  { manager }: ApplicationTokens,
  path: string,
  detailsPath: string | undefined,
): Promise<void> {
  const left = manager.peek() === undefined ? await tokenLeft(path, detailsPath) : undefined;
  if (left !== undefined)
    manager.adopt(left.token, Math.min(left.leftMs, maxTimerMs), `${path}, as an earlier agent left it`);
}

function addressOf(values: CliValues): ListenAddress | undefined {
  const { listen: text } = values;
  if (typeof text !== 'string') {
    noneWithout(values, ['bearer-file', 'allow-remote'], 'listen');
    return undefined;
  }
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

/** Keeps the process alive until then. */
async function untilAborted(signal: AbortSignal): Promise<0> {
  const timer = new WakeableTimer(systemClock, { keepAlive: true });
  while (!signal.aborted) await timer.wait(maxTimerMs, signal).catch(() => undefined);
  return 0;
}
