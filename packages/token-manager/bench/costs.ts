import { median } from '@worker-auth/workspace/quantile';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
// eslint-disable-next-line @nx/enforce-module-boundaries -- measured is the package as it is built and published
import { TokenManager } from '@worker-auth/token-manager';
import { type Contender, contenders, type Endpoint, hasCache } from './contenders.ts';

/** The machine is shared; the contenders take turns in each round, so that drift hits all alike. */
const rounds = 7;

const waiters = 10_000;
const requests = 300;
const idleManagers = 1_000;
const idleMs = 60_000;

/** What one thing costs, the median of the rounds, by the name of the contender. */
export interface Cost {
  readonly microseconds: number;
  /** Memory while it is under way; `undefined` where that says nothing. */
  readonly kilobytes?: number;
}

export type Costs = ReadonlyMap<string, Cost>;

/** A token server in a process of its own, so that its CPU does not count. */
export interface BenchServer extends Endpoint, AsyncDisposable {
  /** Holds back every response until the function is called. */
  hold(): Promise<() => Promise<void>>;
}

/** Starts a {@link BenchServer}. */
export async function startServer(): Promise<BenchServer> {
  const child = fork(join(import.meta.dirname, 'token-server.ts'));
  const [port] = (await once(child, 'message')) as [number];
  const runCommand = async (command: string): Promise<void> => {
    child.send(command);
    await once(child, 'message');
  };
  return {
    tokenUrl: `http://127.0.0.1:${port}/token`,
    clientId: 'worker',
    clientSecret: 's3cret',
    hold: async () => {
      await runCommand('hold');
      return () => runCommand('release');
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** CPU and memory of each of 10,000 callers that wait for one request. */
export function waiterCosts(server: BenchServer): Promise<Costs> {
  return inRounds(contenders.filter(hasCache), async ({ create }) => {
    const release = await server.hold();
    const get = create(server);
    gc();
    const bytes = process.memoryUsage().heapUsed;
    const before = process.cpuUsage();
    const calls = Array.from({ length: waiters }, () => get());
    const started = process.cpuUsage(before);
    gc();
    const kilobytes = (process.memoryUsage().heapUsed - bytes) / 1_024 / waiters;
    const after = process.cpuUsage();
    await release();
    await Promise.all(calls);
    return { microseconds: (total(started) + total(process.cpuUsage(after))) / waiters, kilobytes };
  });
}

/** CPU of a request for a token, one after the other. */
export function requestCosts(server: BenchServer): Promise<Costs> {
  const openid = contenders.find(({ name }) => name === 'openid-client');
  const ours = (name: string, host: string): Contender => ({
    name,
    create: ({ tokenUrl, clientId, clientSecret }) => {
      const url = tokenUrl.replace('127.0.0.1', host);
      const credentials = { clientId, clientSecret };
      const tokens = new TokenManager({ tokenUrl: url, credentials, allowInsecureHttp: true });
      return () => tokens.getToken({ forceRefresh: true });
    },
  });
  const plain: Contender = {
    name: 'a plain `fetch`',
    create: ({ tokenUrl, clientId, clientSecret }) => {
      const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
      return async () => {
        const response = await fetch(tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
        return response.json();
      };
    },
  };
  return inRounds(
    [
      ours('@worker-auth/token-manager', '0.0.0.0'),
      ours('@worker-auth/token-manager to this host', '127.0.0.1'),
      ...(openid === undefined ? [] : [openid]),
      plain,
    ],
    async ({ create }) => {
      const get = create(server);
      for (let warm = 0; warm < 20; warm++) await get();
      gc();
      const before = process.cpuUsage();
      for (let request = 0; request < requests; request++) await get();
      return { microseconds: total(process.cpuUsage(before)) / requests };
    },
  );
}

/** CPU milliseconds of 1,000 managers in a minute in which no token is due, beside those of a minute without any. */
export async function idleCost(
  server: BenchServer,
): Promise<{ readonly idle: number; readonly none: number }> {
  const { tokenUrl, clientId, clientSecret } = server;
  const minute = async (): Promise<number> => {
    gc();
    const before = process.cpuUsage();
    await sleep(idleMs);
    return total(process.cpuUsage(before)) / 1_000;
  };
  const none = await minute();
  const managers = Array.from(
    { length: idleManagers },
    () => new TokenManager({ tokenUrl, credentials: { clientId, clientSecret } }),
  );
  for (const manager of managers) {
    await manager.getToken();
    manager.start();
  }
  const idle = await minute();
  await Promise.all(managers.map((manager) => manager.stop()));
  return { idle, none };
}

async function inRounds(
  tasks: readonly Contender[],
  measure: (contender: Contender) => Promise<Cost>,
): Promise<Costs> {
  const samples = new Map<string, Cost[]>(tasks.map(({ name }) => [name, []]));
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const task of tasks) {
      const cost = await measure(task);
      if (round > 0) samples.get(task.name)?.push(cost);
    }
  }
  return new Map(
    [...samples].map(([name, costs]) => [
      name,
      {
        microseconds: median(costs.map(({ microseconds }) => microseconds)),
        ...(costs[0]?.kilobytes !== undefined && {
          kilobytes: median(costs.map(({ kilobytes = 0 }) => kilobytes)),
        }),
      },
    ]),
  );
}

function total({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}

function gc(): void {
  if (globalThis.gc === undefined) throw new Error('Start Node with --expose-gc');
  globalThis.gc();
}
