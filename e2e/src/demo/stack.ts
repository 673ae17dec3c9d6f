import {
  type Names,
  nameVariables,
  startTemporalDevServer,
  type TemporalDevServer,
} from '@worker-auth/servers';
import { fakeStack, type FakeStack, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { rmSync } from 'node:fs';
import { Passthrough } from '../bad-days/passthrough.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

/** A key that was withdrawn is good for so long: shorter than the tokens that it signed. */
const keyRefreshMs = 1_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** The servers that the demonstration works with. */
export interface Stack extends AsyncDisposable {
  /** The environment that the worker is given: the user's own, the names, and the addresses of what was started. */
  readonly env: Environment;
  /** OAuth server and sidecar; there are none when the tokens are not ours to issue and to check. */
  readonly fakes: FakeStack | undefined;
  /** The two frontends, which check tokens; none without `fakes`. */
  readonly gateways: readonly TemporalAuthGateway[];
  /** By how much the clock of the frontends is behind, in ms. */
  readonly clock: { behindMs: number };
  /** Keeps its workflows over a restart; there is none when the user has one. */
  readonly temporal: TemporalDevServer | undefined;
  /** What runs where, for a person. */
  readonly addresses: readonly (readonly [name: string, address: string])[];
  /** Kills the processes, and removes their files. */
  kill(): void;
}

/**
 * Starts whatever the user's environment does not name: a Temporal dev server, unless `TEMPORAL_ADDRESS` is set. Also an
 * OAuth server, a Dapr sidecar with the credentials and two gateways as frontends, unless `WORKER_AUTH_TOKEN_URL` is set or
 * authentication is switched off. The names of the source document do the same.
 *
 * @param names of the application whose worker is shown, and of where its credentials lie
 * @param tokenLifetimeSeconds of the tokens of our own OAuth server
 */
export async function startStack(
  userEnv: Environment,
  names: Names,
  tokenLifetimeSeconds: number,
): Promise<Stack> {
  await using started = new AsyncDisposableStack();
  const addresses: [string, string][] = [];
  const isOff = [userEnv['WORKER_AUTH_ENABLED'], userEnv['ATLAN_WORKFLOW_AUTH_ENABLED']].includes('false');
  let env: Environment = { ...userEnv, ...nameVariables(names) };
  const clock = { behindMs: 0 };
  const endpoints = [
    'WORKER_AUTH_TOKEN_URL',
    'WORKER_AUTH_ISSUER',
    'WORKER_AUTH_METADATA_URL',
    'ATLAN_WORKFLOW_AUTH_URL',
  ];
  const wantsOwnTokens = !isOff && !endpoints.some((name) => userEnv[name]);
  let kill = (): void => undefined;
  const startTemporal = async (): Promise<TemporalDevServer> => {
    const { path: dataFolder } = started.use(await temporaryFolder());
    const server = started.use(await startTemporalDevServer({ ui: true, dataFolder }));
    kill = () => {
      killGroup(server.pid);
      rmSync(dataFolder, { recursive: true, force: true });
    };
    return server;
  };
  const [temporal, fakes] = await Promise.all([
    userTemporal(userEnv) === undefined ? startTemporal() : undefined,
    wantsOwnTokens
      ? fakeStack({ ...names, oauth: { lifetimeSeconds: tokenLifetimeSeconds } }).then((made) =>
          started.use(made),
        )
      : undefined,
  ]);
  const temporalAddress = temporal?.address ?? userTemporal(userEnv) ?? '';
  if (temporal !== undefined) {
    addresses.push(['Temporal dev server', temporal.address], ['Temporal web UI', temporal.uiUrl ?? '']);
    env = { ...env, TEMPORAL_ADDRESS: temporal.address };
  }
  if (!isOff) env = { WORKER_AUTH_ENABLED: 'true', ...env };
  const common = { temporal, addresses, clock, kill };
  if (fakes === undefined) return { ...common, env, fakes, gateways: [], ...owner(started.move()) };

  const { oauth, dapr } = fakes;
  const startGateway = async (): Promise<TemporalAuthGateway> =>
    started.use(
      await TemporalAuthGateway.start({
        ...{ upstream: temporalAddress, jwks: oauth.jwksUrl, keyRefreshMs },
        clock: { wallNow: () => Date.now() - clock.behindMs },
      }),
    );
  const gateways = [await startGateway(), await startGateway()];
  const { port } = started.use(await Passthrough.start(...gateways.map((gateway) => gateway.port)));
  const address = `127.0.0.1:${port}`;
  addresses.push(
    ['OAuth server', oauth.issuer],
    ['Dapr sidecar', dapr.url],
    ['Two frontends, check tokens', address],
  );
  // Their own would contradict the gateways.
  const unset = { ATLAN_WORKFLOW_HOST: undefined, ATLAN_WORKFLOW_PORT: undefined };
  env = { ...env, ...unset, ...fakes.env, TEMPORAL_ADDRESS: address };
  return { ...common, env, fakes, gateways, ...owner(started.move()) };
}

function userTemporal(env: Environment): string | undefined {
  const { TEMPORAL_ADDRESS: address, ATLAN_WORKFLOW_HOST: host, ATLAN_WORKFLOW_PORT: port = '7233' } = env;
  return address ?? (host === undefined ? undefined : `${host}:${port}`);
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function owner(resources: AsyncDisposableStack): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
