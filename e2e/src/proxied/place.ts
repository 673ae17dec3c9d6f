import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { join } from 'node:path';
import { AgentProcess } from '../agent/agent-process.ts';
import { eventually } from '../fixtures/eventually.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import type { Ground } from '../worlds/ground.ts';
import { type LaneTraffic, openLaneServers } from '../worlds/world-servers.ts';
import { type Language, SteadyWorker } from './worker-process.ts';

/** Frontends of Temporal that check tokens, an agent before them, and plain workers. */
export interface Place extends AsyncDisposable {
  readonly traffic: LaneTraffic;
  readonly agent: AgentProcess;
  /** Starts the agent again, in place of one that has ended, where it was. Resolves when workers find it. */
  restart(): Promise<AgentProcess>;
  readonly workers: readonly SteadyWorker[];
}

export interface PlaceOptions {
  /** `proxy`: workers connect to it; `file`: they read its token. */
  readonly by: 'proxy' | 'file';
  readonly name: string;
  readonly languages: readonly Language[];
  /** Frontends behind one address. Default 1. */
  readonly frontends?: number | undefined;
  /** Further arguments of the agent. */
  readonly args?: readonly string[];
}

export async function openPlace(ground: Ground, options: PlaceOptions): Promise<Place> {
  const { by, name, languages, frontends = 1, args = [] } = options;
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder());
  const oauth = started.use(await MockOAuthServer.start({ lifetimeSeconds: 300 }));
  const client = { clientId: 'agent', secretFile: join(folder.path, 'secret') };
  const traffic = started.use(
    await openLaneServers({ frontends }, { upstream: ground.upstream, oauth, client, isSwapped: false }),
  );
  const out = join(folder.path, 'token');
  const env = {
    ...{ WORKER_AUTH_CLIENT_ID: client.clientId, WORKER_AUTH_CLIENT_SECRET_FILE: client.secretFile },
    ...{ WORKER_AUTH_TOKEN_URL: oauth.tokenUrl, TEMPORAL_ADDRESS: `127.0.0.1:${traffic.port}` },
  };
  const open = async (at: string, ending: AsyncDisposableStack): Promise<AgentProcess> => {
    const proxyArgs = by === 'proxy' ? ['--proxy', at, '--any-local-user', ...args] : args;
    const agent = ending.use(new AgentProcess({ env, out, args: proxyArgs }));
    await eventually('the agent has a token', async () => (await agent.token()) !== undefined);
    return agent;
  };
  const agent = await open('127.0.0.1:0', started);
  const address = by === 'proxy' ? await agent.proxyAddress() : env.TEMPORAL_ADDRESS;
  const workers = await Promise.all(
    languages.map((language) =>
      SteadyWorker.start({
        ...{ language, address, codePath: ground.codePath },
        ...{ taskQueue: `${name}-${by}-${language}`, journal: join(folder.path, language) },
        tokenFile: by === 'file' ? out : undefined,
      }),
    ),
  );
  for (const worker of workers) started.use(worker);
  const owned = started.move();
  return {
    ...{ traffic, agent, workers },
    restart: async () => {
      const next = await open(address, owned);
      await next.proxyAddress();
      return next;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
