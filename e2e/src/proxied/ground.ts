import { Client, Connection, isRetryableError, makeGrpcRetryInterceptor } from '@temporalio/client';
import { type RunningServer, startTemporalDevServer } from '@worker-auth/servers';
import { MockOAuthServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentProcess } from '../agent/agent-process.ts';
import { Passthrough } from '../bad-days/passthrough.ts';
import { writeWorkflowBundle } from '../bad-days/workflow-bundle.ts';
import { eventually } from '../fixtures/eventually.ts';
import { credentialsInEnvironment } from '../fixtures/temporal-with-gateway.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { type Language, SteadyWorker } from './worker-process.ts';

/** How soon the client that starts workflows tries a call again, in ms. */
const againMs = 200;

/** What all days share: one real Temporal, which looks at no token. */
export interface ProxiedGround extends AsyncDisposable {
  readonly temporal: RunningServer;
  readonly upstream: string;
  /** Finds Temporal again at once. */
  readonly client: Client;
  readonly codePath: string;
}

/** @param keepsWorkflows over a restart of Temporal, which is slower. Default false. */
export async function openProxiedGround(keepsWorkflows = false): Promise<ProxiedGround> {
  await using started = new AsyncDisposableStack();
  const { path: dataFolder } = started.use(await temporaryFolder());
  const temporal = started.use(await startTemporalDevServer(keepsWorkflows ? { dataFolder } : {}));
  const { address: upstream } = temporal;
  const retry = makeGrpcRetryInterceptor({
    delayFunction: () => againMs,
    retryableDecider: (_attempt, status) => isRetryableError(status),
  });
  const channelArgs = {
    'grpc.initial_reconnect_backoff_ms': againMs,
    'grpc.max_reconnect_backoff_ms': againMs,
  };
  const connection = await Connection.connect({ address: upstream, channelArgs, interceptors: [retry] });
  started.defer(() => connection.close());
  const workflowsPath = fileURLToPath(new URL('workflows.ts', import.meta.url));
  const { codePath } = started.use(await writeWorkflowBundle(workflowsPath));
  const owned = started.move();
  return {
    ...{ temporal, upstream, codePath, client: new Client({ connection }) },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Frontends of Temporal that check tokens, an agent before them, and plain workers. */
export interface Place extends AsyncDisposable {
  readonly oauth: MockOAuthServer;
  readonly gateways: readonly TemporalAuthGateway[];
  readonly network: Passthrough;
  readonly agent: AgentProcess;
  /** Starts the agent again, in place of one that has ended, where it was. Resolves when workers find it. */
  restart(): Promise<AgentProcess>;
  readonly workers: readonly SteadyWorker[];
  /** Where workers find Temporal. */
  readonly address: string;
}

export interface PlaceOptions {
  /** `proxy`: workers connect to it; `file`: they read its token. */
  readonly by: 'proxy' | 'file';
  readonly name: string;
  readonly languages: readonly Language[];
  /** Frontends behind one address. Default 1. */
  readonly frontends?: number;
  /** Further arguments of the agent. */
  readonly args?: readonly string[];
}

export async function openPlace(ground: ProxiedGround, options: PlaceOptions): Promise<Place> {
  const { by, name, languages, frontends = 1, args = [] } = options;
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder());
  const oauth = started.use(await MockOAuthServer.start({ lifetimeSeconds: 300 }));
  const gateways: TemporalAuthGateway[] = [];
  for (let index = 0; index < frontends; index++) {
    const settings = { upstream: ground.upstream, jwks: oauth.jwksUrl, keyRefreshMs: 1_000 };
    gateways.push(started.use(await TemporalAuthGateway.start(settings)));
  }
  const network = started.use(await Passthrough.start(...gateways.map(({ port }) => port)));
  const out = join(folder.path, 'token');
  const env = {
    ...credentialsInEnvironment(oauth, 'postgres_extraction'),
    ...{ WORKER_AUTH_TOKEN_URL: oauth.tokenUrl, TEMPORAL_ADDRESS: network.address },
  };
  const open = async (at: string, ending: AsyncDisposableStack): Promise<readonly [AgentProcess, string]> => {
    const proxyArgs = by === 'proxy' ? ['--proxy', at, '--any-local-user', ...args] : args;
    const process = ending.use(new AgentProcess({ env, out, args: proxyArgs }));
    await eventually('the agent has a token', async () => (await process.token()) !== undefined);
    if (by === 'file') return [process, network.address];
    return [process, await process.proxyAddress()];
  };
  const [agent, address] = await open('127.0.0.1:0', started);
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
    oauth,
    gateways,
    network,
    agent,
    restart: async () => (await open(address, owned))[0],
    workers,
    address,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
