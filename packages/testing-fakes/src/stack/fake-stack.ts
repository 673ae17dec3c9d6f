import { anything, type Checks, checkGiven, either, flag, text, withMethods } from '../given/check-given.ts';
import { FakeDaprSidecar, type FakeDaprSidecarOptions } from '../dapr/fake-dapr-sidecar.ts';
import {
  FakeTemporalFrontend,
  type FakeTemporalFrontendOptions,
} from '../frontend/fake-temporal-frontend.ts';
import type { FrontendClock } from '../frontend/task-queue.ts';
import { TemporalAuthGateway, type TemporalAuthGatewayOptions } from '../gateway/temporal-auth-gateway.ts';
import { MockOAuthServer } from '../oauth/mock-oauth-server.ts';
import type { MockOAuthServerOptions } from '../oauth/mock-oauth-server-options.ts';

/** Settings of {@link fakeStack}. */
export interface FakeStackOptions {
  /** Whose credentials the sidecar holds. Default `postgres-extraction`. */
  readonly applicationName?: string;
  /** What the secret store component of the sidecar is called. Default `deployment-secret-store`. */
  readonly componentName?: string;
  /** What the secret in it is called. Default `atlan-deployment-secrets`. */
  readonly secretName?: string;
  /** The clock of all servers, such as a `FakeClock`. Default the host's. */
  readonly clock?: FrontendClock;
  readonly oauth?: Omit<MockOAuthServerOptions, 'clock'>;
  readonly dapr?: Omit<FakeDaprSidecarOptions, 'clock' | 'components'>;
  /** A Temporal in memory that wants the tokens of the OAuth server, or its settings. Default none. Needs `@temporalio/proto`. */
  readonly frontend?: boolean | Omit<FakeTemporalFrontendOptions, 'clock' | 'jwks' | 'acceptToken'>;
  /** A Temporal of your own, as the gateway's `upstream`: then a gateway stands before it that wants the tokens of the OAuth server. */
  readonly upstream?: string;
  readonly gateway?: Omit<TemporalAuthGatewayOptions, 'clock' | 'jwks' | 'upstream'>;
}

/** All servers around a worker, and the environment that leads to them. */
export interface FakeStack extends AsyncDisposable {
  readonly applicationName: string;
  readonly oauth: MockOAuthServer;
  /** Holds the credentials of the OAuth server's first client. */
  readonly dapr: FakeDaprSidecar;
  /** There is one when it was asked for. */
  readonly frontend: FakeTemporalFrontend | undefined;
  /** There is one when an `upstream` was given. */
  readonly gateway: TemporalAuthGateway | undefined;
  /** What to run with, by name: an environment of `@worker-auth/secret-store` and `@worker-auth/temporal-auth`. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * The client's secret changes at the OAuth server, and in the secret store behind the sidecar.
   *
   * @param options.keepOld whether the old one stays good; default false
   */
  rotateClientSecret(options?: { readonly keepOld?: boolean }): void;
  /** Ends all servers. */
  stop(): Promise<void>;
}

const optionChecks: Checks<FakeStackOptions> = {
  applicationName: text,
  componentName: text,
  secretName: text,
  clock: withMethods('wallNow', 'startTimer'),
  // Those of each server are checked by its start.
  oauth: anything,
  dapr: anything,
  frontend: either((value) => typeof value === 'object', anything, flag),
  upstream: text,
  gateway: anything,
};

/**
 * Starts an OAuth server, a Dapr sidecar with the credentials for it in a Vault component, and what Temporal is
 * asked for. End them with `stop()` or `await using`.
 *
 * @throws TypeError for an option that there is not (with the nearest name), when both `frontend` and `upstream` are given, and for a
 *   `gateway` without an `upstream`
 */
export async function fakeStack(options: FakeStackOptions = {}): Promise<FakeStack> {
  checkGiven('fakeStack', options, optionChecks);
  if (options.upstream !== undefined && (options.frontend ?? false) !== false) {
    throw new TypeError('frontend and upstream exclude each other: there is one Temporal');
  }
  if (options.gateway !== undefined && options.upstream === undefined) {
    throw new TypeError('gateway needs upstream: the gateway stands before it');
  }
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  try {
    return await startAll(options, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(
  options: FakeStackOptions,
  started: { stop(): Promise<void> }[],
  stop: () => Promise<void>,
): Promise<FakeStack> {
  const {
    applicationName = 'postgres-extraction',
    componentName = 'deployment-secret-store',
    secretName = 'atlan-deployment-secrets',
    upstream,
  } = options;
  const frontendOptions =
    typeof options.frontend === 'object' ? options.frontend : options.frontend === true ? {} : undefined;
  const common = options.clock === undefined ? {} : { clock: options.clock };
  const oauth = await MockOAuthServer.start({ ...options.oauth, ...common });
  started.push(oauth);
  const secrets = (): Record<string, Record<string, string>> => ({
    [secretName]: credentialsOf(applicationName, oauth),
  });
  const components = [{ name: componentName, type: 'secretstores.hashicorp.vault', secrets: secrets() }];
  const dapr = await FakeDaprSidecar.start({ ...options.dapr, ...common, components });
  started.push(dapr);
  const authority = { ...common, jwks: oauth.jwksUrl };
  let [frontend, gateway]: [FakeTemporalFrontend?, TemporalAuthGateway?] = [];
  if (frontendOptions !== undefined) {
    frontend = await FakeTemporalFrontend.start({ ...frontendOptions, ...authority });
    started.push(frontend);
  }
  if (upstream !== undefined) {
    gateway = await TemporalAuthGateway.start({ ...options.gateway, ...authority, upstream });
    started.push(gateway);
  }
  return {
    applicationName,
    oauth,
    dapr,
    frontend,
    gateway,
    env: {
      ...environmentOf(oauth, dapr, frontend ?? gateway),
      ...(options.componentName !== undefined && { WORKER_AUTH_SECRET_COMPONENT: componentName }),
      ...(options.secretName !== undefined && { WORKER_AUTH_SECRET_NAME: secretName }),
    },
    rotateClientSecret: (rotation = {}) => {
      checkGiven('rotateClientSecret', rotation, { keepOld: flag });
      oauth.rotateClientSecret(undefined, rotation);
      dapr.setSecrets(componentName, secrets());
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function environmentOf(
  oauth: MockOAuthServer,
  dapr: FakeDaprSidecar,
  temporal: { readonly port: number } | undefined,
): Readonly<Record<string, string>> {
  return {
    WORKER_AUTH_ENABLED: 'true',
    WORKER_AUTH_TOKEN_URL: oauth.tokenUrl,
    DAPR_HTTP_ENDPOINT: dapr.url,
    ...(dapr.apiToken !== undefined && { DAPR_API_TOKEN: dapr.apiToken }),
    ...(temporal !== undefined && { TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}` }),
  };
}

/** As the keys are made: `postgres-extraction` gives `postgres_extraction_client_id`. */
function credentialsOf(applicationName: string, oauth: MockOAuthServer): Record<string, string> {
  const key = applicationName.toLowerCase().replaceAll('-', '_');
  return { [`${key}_client_id`]: oauth.clientId, [`${key}_client_secret`]: oauth.clientSecret };
}
