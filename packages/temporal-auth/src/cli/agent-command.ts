import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Server } from 'node:http';
import { maxTimerMs, systemClock, type Timer } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import { agentMetrics } from '../agent/agent-metrics.ts';
import { runProgram } from '../agent/program.ts';
import { isLocal, listen, readListenAddress, tokenServer } from '../agent/token-server.ts';
import { type TokenSink, tokenSink } from '../agent/token-sink.ts';
import { switchedOff } from '../errors/own-errors.ts';
import { AtlanAuthClient } from '../facade/atlan-auth-client.ts';
import {
  applicationOf,
  type CliHost,
  type CliValues,
  type Command,
  commonOptions,
  flag,
  type ExitCode,
  UsageError,
  valued,
} from './command.ts';

/** Longest header that Node's HTTP server takes, in bytes. */
const maxBearerBytes = 16_384;

const endingSignals = ['SIGTERM', 'SIGINT'] as const;

/** Where tokens cost money or quota: at 80 % of their life, however long that is, and not each 30 minutes. */
const sparing = { maxDelayMs: 30 * 24 * 60 * 60 * 1_000 } as const;

/** Keeps one token fresh, for programs in any language. */
export const agentCommand: Command = {
  name: 'agent',
  summary: 'Keeps one token fresh in a file, for programs in any language.',
  options: {
    application: commonOptions.application,
    out: valued('file', 'the file that has the token; replaced in one step'),
    details: valued('file', 'a second file: JSON with expiresAt and issuedAt, no token'),
    group: valued('id', 'numeric id of a group that may read; default none'),
    scope: valued('scopes', 'what is asked for, with spaces between; default none'),
    audience: valued('audience', 'whom the token is for, as Auth0 wants it; default none'),
    sparing: flag(
      'renews at 80 % of the life of a token, however long that is; default each 30 minutes at least',
    ),
    listen: valued(
      'address',
      'host:port or unix:/path, for /token, /livez, /readyz and /metrics; default none',
    ),
    'bearer-file': valued(
      'file',
      'what callers of /token present; made when it does not exist. Needed with host:port',
    ),
    'allow-remote': flag('lets --listen take an address that others can reach'),
  },
  examples: [
    'agent --out /var/run/worker-auth/token',
    'agent --out /var/run/worker-auth/token --listen unix:/var/run/worker-auth/agent.sock',
    'agent --out /var/run/worker-auth/token -- python worker.py',
  ],
  takesProgram: true,
  async run(values, host, program) {
    const options = readOptions(values);
    const { token, file } = options;
    await using auth = new AtlanAuthClient({ ...applicationOf(values), env: host.env, token });
    if (!auth.isAuthEnabled()) throw switchedOff();
    const ended = endedBySignal();
    await using sink = tokenSink(auth, file);
    let server: Server | undefined;
    try {
      server = await serve(options, auth, sink, host);
      await auth.start();
      // The program starts when the first token is there; what ends the agent before that ends it without the program.
      const early = await (program.length === 0
        ? ended.promise
        : Promise.race([sink.written(), ended.promise]));
      return (early ?? (await runProgram(program, host.env))) as ExitCode;
    } finally {
      ended.forget();
      server?.close();
      server?.closeAllConnections();
    }
  },
};

/** Resolves with the first SIGTERM or SIGINT. Keeps the process alive until then. */
function endedBySignal() {
  const { promise, resolve } = Promise.withResolvers<0>();
  const end = (): void => {
    resolve(0);
  };
  for (const signal of endingSignals) process.on(signal, end);
  let alive: Timer;
  const stayAlive = (): void => {
    alive = systemClock.startTimer(stayAlive, maxTimerMs, { keepAlive: true });
  };
  stayAlive();
  const forget = (): void => {
    alive.cancel();
    for (const signal of endingSignals) process.off(signal, end);
  };
  return { promise, forget };
}

async function serve(
  { address, bearerFile, groupId }: ReturnType<typeof readOptions>,
  auth: AtlanAuthClient,
  sink: TokenSink,
  { error }: CliHost,
): Promise<Server | undefined> {
  if (address === undefined) return undefined;
  const bearer = bearerFile === undefined ? undefined : await readBearer(bearerFile);
  const host = 'socket' in address ? undefined : address.host;
  const server = tokenServer({ auth, sink, metrics: agentMetrics(auth, sink), bearer, host });
  error(`The agent listens at ${await listen(server, address, groupId)}`);
  return server;
}

/** Made when the file does not exist: 256 random bits, for this user alone. */
async function readBearer(path: string): Promise<string> {
  try {
    const file = await open(path, 'wx', 0o600);
    const bearer = randomBytes(32).toString('base64url');
    await file.writeFile(bearer);
    await file.close();
    return bearer;
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

function readOptions(values: CliValues) {
  const {
    out,
    details,
    group,
    listen: where,
    'bearer-file': bearerFile,
    scope,
    audience,
  } = values as Readonly<Record<string, string | undefined>>;
  if (out === undefined || out === '') throw new UsageError('--out must name the file that gets the token');
  if (group !== undefined && !/^\d{1,10}$/.test(group))
    throw new UsageError(`--group must be the numeric id of a group, not "${group}"`);
  const address = where === undefined ? undefined : readListenAddress(where);
  if (where !== undefined && address === undefined)
    throw new UsageError(`--listen must be host:port or unix:/path, not "${where}"`);
  if (address !== undefined && !('socket' in address) && bearerFile === undefined)
    throw new UsageError(
      '--listen with host:port needs --bearer-file: every user of this machine reaches it',
    );
  if (address !== undefined && !isLocal(address) && values['allow-remote'] !== true)
    throw new UsageError(`--listen ${where} can be reached by others: take 127.0.0.1, or add --allow-remote`);
  const groupId = group === undefined ? undefined : Number(group);
  return {
    ...{ address, bearerFile, groupId },
    file: { path: out, detailsPath: details, groupId },
    token: { scope, audience, ...(values['sparing'] === true && { policy: sparing }) },
  };
}
