import {
  type Envoy,
  type EnvoyOptions,
  type ProgramName,
  startEnvoy,
  startTemporalDevServer,
} from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { type IdentityProvider, providerOf } from '../faults/servers.ts';
import { applicationName } from '../fixtures/real-stack.ts';
import type { BadDay, Ground } from './bad-day.ts';
import { Passthrough } from './passthrough.ts';
import { writeWorkflowBundle } from './workflow-bundle.ts';

/** What {@link startEnvoyGround} needs. */
export const envoyServers: readonly ProgramName[] = ['envoy', 'temporal-cli'];

/** An Envoy that checks tokens before a Temporal dev server, which lets everybody in; workers have their tokens from the mock OAuth server. */
export interface EnvoyGround extends Ground {
  readonly oauth: MockOAuthServer;
  readonly provider: IdentityProvider;
  /** The one that listens now. */
  readonly envoy: Envoy;
  /** The two addresses of Temporal that Envoy has. A dev server has but one port, and two do not share their workflows. */
  readonly upstreams: readonly [Passthrough, Passthrough];
  /** Starts another Envoy on the same port; @returns the one before, which goes on */
  startAnotherEnvoy(): Promise<Envoy>;
}

/** Starts the servers of a day behind Envoy; @param days all with tokens of one lifetime */
export async function startEnvoyGround(
  ...days: readonly [BadDay<EnvoyGround>, ...BadDay<EnvoyGround>[]]
): Promise<EnvoyGround> {
  const [{ lifetimeSeconds }] = days;
  await using started = new AsyncDisposableStack();
  const { codePath } = started.use(await writeWorkflowBundle());
  const temporal = started.use(await startTemporalDevServer());
  const upstreams = [
    started.use(await Passthrough.start(temporal.port)),
    started.use(await Passthrough.start(temporal.port)),
  ] as const;
  const oauth = started.use(await MockOAuthServer.start({ lifetimeSeconds }));
  const options: EnvoyOptions = {
    upstream: upstreams.map(({ address }) => address),
    jwksUrl: oauth.jwksUrl,
    ...{ clockSkewSeconds: 1, healthChecks: true },
  };
  let envoy = started.use(await startEnvoy(options));
  const client = started.use(
    new TemporalWorkflowClient({
      ...{ applicationName: 'load', host: '127.0.0.1', port: temporal.port, env: {} },
      logger: new RecordingLogger(),
    }),
  );
  await client.load();
  const owned = started.move();
  const key = applicationName.replace('-', '_');
  const env = {
    WORKER_AUTH_ENABLED: 'true',
    WORKER_AUTH_TOKEN_URL: oauth.tokenUrl,
    TEMPORAL_ADDRESS: `127.0.0.1:${envoy.port}`,
    [`ATLAN_${key}_client_id`]: oauth.clientId,
    [`ATLAN_${key}_client_secret`]: oauth.clientSecret,
  };
  return {
    ...{ client, codePath, oauth, upstreams, provider: providerOf(oauth) },
    get envoy() {
      return envoy;
    },
    async startAnotherEnvoy() {
      const before = envoy;
      envoy = owned.use(await startEnvoy({ ...options, port: before.port }));
      return before;
    },
    envOf: () => env,
    recover: () => undefined,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
