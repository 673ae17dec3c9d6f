import {
  type Names,
  nameVariables,
  startTemporalDevServer,
  type TemporalDevServer,
} from '@worker-auth/servers';
import { fakeStack, type FakeStack } from '@worker-auth/testing-fakes';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

/** A key that was withdrawn is good for so long: shorter than the tokens that it signed. */
const keyRefreshMs = 1_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** The servers that the demonstration works with. */
export interface Stack extends AsyncDisposable {
  /** The environment that the worker is given: the user's own, the names, and the addresses of what was started. */
  readonly env: Environment;
  /** OAuth server, sidecar and gateway; there are none when the tokens are not ours to issue and to check. */
  readonly fakes: FakeStack | undefined;
  /** Keeps its workflows over a restart; there is none when the user has one. */
  readonly temporal: TemporalDevServer | undefined;
  /** What runs where, for a person. */
  readonly addresses: readonly (readonly [name: string, address: string])[];
}

/**
 * Starts whatever the user's environment does not name: a Temporal dev server, unless `ATLAN_WORKFLOW_HOST` is set; an
 * OAuth server, a Dapr sidecar with the credentials and the gateway, unless `ATLAN_WORKFLOW_AUTH_URL` is set or
 * authentication is switched off.
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
  let env: Environment = {
    ATLAN_WORKFLOW_AUTH_ENABLED: 'true',
    ...userEnv,
    ...nameVariables(names),
  };
  let temporal: TemporalDevServer | undefined;
  let temporalAddress = userTemporal(userEnv);
  if (temporalAddress === undefined) {
    const { path: dataFolder } = started.use(await temporaryFolder());
    temporal = started.use(await startTemporalDevServer({ ui: true, dataFolder }));
    temporalAddress = temporal.address;
    addresses.push(['Temporal dev server', temporal.address], ['Temporal web UI', temporal.uiUrl ?? '']);
    env = { ...env, ...hostAndPort(temporal.address) };
  }
  const wantsOwnTokens = env['ATLAN_WORKFLOW_AUTH_ENABLED'] === 'true' && !userEnv['ATLAN_WORKFLOW_AUTH_URL'];
  if (!wantsOwnTokens) return { env, fakes: undefined, temporal, addresses, ...owner(started.move()) };

  const fakes = started.use(
    await fakeStack({
      ...names,
      upstream: temporalAddress,
      oauth: { lifetimeSeconds: tokenLifetimeSeconds },
      gateway: { keyRefreshMs },
    }),
  );
  const { oauth, dapr, gateway } = fakes;
  addresses.push(
    ['OAuth server', oauth.issuer],
    ['Dapr sidecar', dapr.url],
    ['Gateway, checks tokens', gateway?.address ?? ''],
  );
  return { env: { ...env, ...fakes.env }, fakes, temporal, addresses, ...owner(started.move()) };
}

function userTemporal(env: Environment): string | undefined {
  const host = env['ATLAN_WORKFLOW_HOST'];
  return host === undefined ? undefined : `${host}:${env['ATLAN_WORKFLOW_PORT'] ?? '7233'}`;
}

function hostAndPort(address: string): Environment {
  const { hostname, port } = new URL(`http://${address}`);
  return { ATLAN_WORKFLOW_HOST: hostname, ATLAN_WORKFLOW_PORT: port };
}

function owner(resources: AsyncDisposableStack): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
