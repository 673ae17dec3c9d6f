import '../src/fixtures/runtime-log.ts';
import {
  type AuthorizingTemporal,
  type Keycloak,
  type KeycloakRealm,
  startAuthorizingTemporal,
  startKeycloak,
} from '@worker-auth/servers';
import { TemporalWorkflowClient, type TemporalWorkflowClientOptions } from '@worker-auth/temporal-auth';
import { MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { ProjectedVolume } from '@worker-auth/workspace/projected-volume';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, type ExpectStatic, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { runtimeWarnings } from '../src/fixtures/runtime-log.ts';
import { workflowsPath } from '../src/bad-days/workflow-bundle.ts';
import { activities, underLoad } from '../src/fixtures/under-load.ts';

const subject = 'system:serviceaccount:default:orders';
const clientId = 'federated-worker';
const audience = 'temporal';
const rotations = 3;
/** The kubelet replaces a token when a fifth of its life is left; here more than half is, for a busy machine. */
const tokenSeconds = 16;
const rotateEachMs = 7_000;

await describeWith(['keycloak', 'temporal-authorizer'], 'a service account token in a file', () => {
  let cluster: MockOAuthServer;
  let keycloak: Keycloak;
  let realm: KeycloakRealm;

  beforeAll(async () => {
    cluster = await MockOAuthServer.start({ subject });
    keycloak = await startKeycloak();
    realm = await keycloak.createRealm('workers');
    await realm.createFederatedClient(clientId, {
      ...{ issuer: cluster.issuer, jwksUrl: cluster.jwksUrl, subject },
      lifespanSeconds: 8,
      permissions: ['default:write'],
    });
  }, 300_000);
  afterAll(async () => {
    await keycloak.stop();
    await cluster.stop();
  });

  /** A token that the cluster signs for somebody, as the kubelet asks for one. */
  function tokenFor(aud: string): string {
    return cluster.mintToken({ lifetimeSeconds: tokenSeconds, claims: { aud: [aud] } });
  }

  /** What an application has in its environment: where its file is, and no secret. */
  function environment(file: string): Record<string, string> {
    return {
      ATLAN_WORKFLOW_AUTH_ENABLED: 'true',
      ATLAN_WORKFLOW_AUTH_URL: realm.tokenUrl,
      ATLAN_e2e_worker_client_id: clientId,
      ATLAN_e2e_worker_client_assertion_file: file,
    };
  }

  it.concurrent('that Keycloak exchanges keeps a worker at work through three rotations, with no client secret anywhere', async ({
    expect: check,
  }) => {
    await using temporal = await startAuthorizingTemporal({ jwksUrl: realm.jwksUrl });
    await using kubelet = await startKubelet(() => tokenFor(realm.issuer));
    const env = environment(kubelet.path);
    const outcome = await workThroughRotations(temporal, { env }, kubelet);
    checkOutcome(outcome, temporal, check);
    check(Object.keys(env).filter((name) => /secret/i.test(name))).toEqual([]);
    check(outcome.log.text()).toContain(
      'INFO Access token obtained with the credentials from environment variables ATLAN_e2e_worker_client_id and ' +
        'ATLAN_e2e_worker_client_assertion_file',
    );
  }, 240_000);

  it.concurrent('that is the bearer itself keeps a worker at work through three rotations, with no OAuth server', async ({
    expect: check,
  }) => {
    await using temporal = await startAuthorizingTemporal({ jwksUrl: cluster.jwksUrl, audience });
    await using kubelet = await startKubelet(() => tokenFor(audience));
    const options = { env: { WORKER_AUTH_TOKEN_FILE: kubelet.path } };
    const outcome = await workThroughRotations(temporal, options, kubelet);
    checkOutcome(outcome, temporal, check);
    check(outcome.log.text()).toContain(`INFO Access token read from ${kubelet.path}`);
  }, 240_000);
});

function clientOf(
  temporal: AuthorizingTemporal,
  options: Partial<TemporalWorkflowClientOptions>,
): TemporalWorkflowClient {
  return new TemporalWorkflowClient({
    ...{ applicationName: 'e2e-worker', host: '127.0.0.1', port: temporal.port, bootTimeoutMs: 0 },
    logger: new RecordingLogger(),
    ...options,
  });
}

/** Puts another token in the place of the last, again and again, as the kubelet does. */
async function startKubelet(token: () => string) {
  const volume = await ProjectedVolume.create(token());
  let count = 0;
  const timer = setInterval(() => void volume.write(token()).then(() => count++), rotateEachMs);
  return {
    path: volume.path,
    rotations: () => count,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await volume[Symbol.asyncDispose]();
    },
  };
}

type Kubelet = Awaited<ReturnType<typeof startKubelet>>;

/** What became of a worker. */
interface Outcome {
  readonly log: RecordingLogger;
  readonly completed: number;
  /** How many different tokens it had. */
  readonly tokens: number;
}

/** Runs a worker while the file is rotated, the last time long after the first token in it was over. */
async function workThroughRotations(
  temporal: AuthorizingTemporal,
  options: Partial<TemporalWorkflowClientOptions>,
  kubelet: Kubelet,
): Promise<Outcome> {
  const log = new RecordingLogger();
  await using client = clientOf(temporal, { ...options, logger: log });
  let tokens = 0;
  client.auth.subscribe(() => tokens++);
  await client.load();
  const worker = await client.createWorker({ workflowsPath, activities });
  const { completedAtMs } = await underLoad(client, worker, async () => {
    const before = kubelet.rotations();
    await eventually('the rotations', () => kubelet.rotations() >= before + rotations);
    await sleep(rotateEachMs);
  });
  return { log, completed: completedAtMs.size, tokens };
}

/** No workflow failed, no call was rejected, and nobody was worried. */
function checkOutcome(
  { log, completed, tokens }: Outcome,
  temporal: AuthorizingTemporal,
  check: ExpectStatic,
): void {
  check(completed).toBeGreaterThan(10);
  check(tokens).toBeGreaterThanOrEqual(rotations);
  check(log.entries.filter(({ level }) => level !== 'INFO')).toEqual([]);
  check(runtimeWarnings()).toEqual([]);
  check(temporal.logTail(400)).not.toContain('Authorization error');
}
