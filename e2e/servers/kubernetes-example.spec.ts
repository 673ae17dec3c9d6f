import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type ClientCredentials, discoverCredentials } from '@worker-auth/secret-store';
import { type Daprd, freePort, startDaprd, startKubernetesSecretsApi } from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { runProgram } from '@worker-auth/workspace/readme-example';
import { expect, it } from 'vitest';
import { componentFile, inNamespace } from '../src/fixtures/component-file.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { startTemporalWithGateway } from '../src/fixtures/temporal-with-gateway.ts';
import { exampleFolder, readKubernetesExample, withoutServers } from '../src/fixtures/kubernetes-example.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const namespace = 'workers';
// The harder of the two, where this machine has it.
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const [podIp, podHost] = hasIpv6 ? ['::1', '[::1]'] : ['127.0.0.1', '127.0.0.1'];

const example = await readKubernetesExample();
const { spec: pod, metadata: podMetadata } = example.Deployment.spec.template;
const [container] = pod.containers;
const programFile = join(exampleFolder, 'worker.ts');
const program = await readFile(programFile, 'utf8');

it('the Kubernetes example sets no variable that nothing reads', () => {
  const read = new Set<string>();
  const env = new Proxy(example.ConfigMap.data, {
    get: (target, name: string) => {
      read.add(name);
      return target[name];
    },
  });
  new TemporalWorkflowClient({ env, logger: new RecordingLogger() });
  expect(Object.keys(example.ConfigMap.data).filter((name) => !read.has(name))).toEqual([]);
  expect(container.env.filter(({ name }) => !program.includes(name))).toEqual([]);
});

it('the Kubernetes example gives a start and an end the time that they may take', () => {
  const { periodSeconds, failureThreshold } = container.startupProbe;
  const bootTimeoutSeconds = 120;
  expect(periodSeconds * failureThreshold).toBeGreaterThan(bootTimeoutSeconds);
  const [, forceSeconds] = /shutdownForceTime: '(\d+)s'/.exec(program) ?? [];
  const [, resultsMs = ''] = /shutdownTimeoutMs: ([\d_]+)/.exec(program) ?? [];
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Number(forceSeconds));
  expect(Number(forceSeconds) * 1_000).toBeGreaterThan(Number(resultsMs.replaceAll('_', '')));
});

// By the rules of the eviction API and of a rolling update, as Kubernetes describes them: no registry has an API server to run.
it('in an outage, a drain ends one worker of the Kubernetes example, and a rollout none', () => {
  const { replicas, strategy } = example.Deployment.spec;
  const { maxUnavailable } = example.PodDisruptionBudget.spec;
  // Workers that were accepted stay ready; a new one does not get ready.
  let ready = replicas;
  while (ready - 1 >= replicas - maxUnavailable) ready--;
  expect([replicas - ready, ready]).toEqual([1, 1]);
  expect(strategy.rollingUpdate.maxUnavailable).toBe(0);
});

await describeWith(['daprd'], 'the Kubernetes example, on a real daprd', () => {
  it('has a Secret of which the packages take each key', async () => {
    const { stringData } = example.Secret;
    await using cluster = await startCluster(stringData);
    const { clientId, clientSecret, tlsEnabled } = await discoverThrough(cluster);
    expect([clientId, clientSecret, String(tlsEnabled)]).toEqual(Object.values(stringData));
  });
});

await describeWith(['daprd', 'temporal-cli'], 'the program of the Kubernetes example', () => {
  it('gets ready with the credentials of the Secret, runs a workflow and ends with exit code 0 on SIGTERM', async () => {
    await using temporal = await startTemporalWithGateway();
    temporal.oauth.failWith('unavailable503');
    await using cluster = await startCluster({
      ...example.Secret.stringData,
      postgres_extraction_client_id: temporal.oauth.clientId,
      postgres_extraction_client_secret: temporal.oauth.clientSecret,
      workflow_tls_enabled: 'false',
    });
    const [port, metricsPort] = [await freePort(), await freePort()];
    const env = {
      ...withoutServers(example.ConfigMap.data),
      ...temporal.env,
      DAPR_HTTP_PORT: String(cluster.daprd.port),
      HEALTH_PORT: String(port),
      METRICS_PORT: String(metricsPort),
      CORE_METRICS_PORT: String(await freePort()),
      POD_IP: podIp,
    };
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const statuses: number[] = [];
    const early = new Set<number>();
    const work = async (): Promise<void> => {
      const isReady = async (): Promise<boolean> => {
        const [startup, liveness] = await Promise.all(
          [startupProbe, livenessProbe].map(({ httpGet }) => probe(port, httpGet.path)),
        );
        if (startup === 503 && liveness !== undefined) early.add(liveness);
        // Only now can it get a token: it is not ready before it was asked.
        if (early.size > 0) temporal.oauth.recover();
        return startup === 200;
      };
      await eventually('the pod is ready', isReady);
      const core = await fetch(`http://${podHost}:${env.CORE_METRICS_PORT}/metrics`);
      expect(core.status).toBe(200);
      const metrics = await fetch(`http://${podHost}:${metricsPort}/metrics`);
      expect(await metrics.text()).toMatch(/^worker_auth_token_refreshes_total\{.*success.*\} 1$/m);
      for (const { httpGet } of [livenessProbe, readinessProbe])
        statuses.push(await probe(port, httpGet.path));
      await using client = new TemporalWorkflowClient({ env, logger: new RecordingLogger() });
      await client.load();
      const { handle } = await client.startWorkflow<(table: string) => Promise<string>>('extract', {
        args: ['orders'],
      });
      expect(await handle.result()).toBe('orders: 6 rows');
    };
    const working = work();
    const [result] = await Promise.all([
      runProgram(programFile, { env, until: working, timeoutMs: 500_000 }),
      working,
    ]);
    expect(result.exitCode).toBe(0);
    expect(statuses).toEqual([200, 200]);
    // It was alive while it was not ready yet.
    expect([...early]).toEqual([200]);
    // What "kubectl logs <pod> | grep 'secret store'" shows.
    const line = result.stderr.split('\n').find((text) => text.includes('secret store'));
    expect(line).toContain(
      'Access token obtained with the credentials from Dapr secret store component "deployment-secret-store"',
    );
  });
});

interface Cluster extends AsyncDisposable {
  readonly daprd: Daprd;
}

/** A sidecar as the injector makes it: the application's id of the annotation, and a Secret of the pod's namespace. */
async function startCluster(secret: Readonly<Record<string, string>>): Promise<Cluster> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder());
  const secrets = { [namespace]: { [example.Secret.metadata.name]: secret } };
  const kubernetes = started.use(await startKubernetesSecretsApi(secrets));
  const component = inNamespace(namespace, await componentFile('../examples/kubernetes/manifests'));
  await folder.write('component.yaml', component);
  const daprd = started.use(
    await startDaprd({
      componentsPath: folder.path,
      appId: podMetadata.annotations['dapr.io/app-id'] ?? '',
      kubeconfigPath: kubernetes.kubeconfigPath,
      env: { NAMESPACE: namespace },
    }),
  );
  const resources = started.move();
  return { daprd, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** What is discovered with the variables of the worker. */
async function discoverThrough({ daprd }: Cluster): Promise<ClientCredentials> {
  const { data } = example.ConfigMap;
  const env = { ...data, DAPR_HTTP_ENDPOINT: daprd.url };
  return await discoverCredentials({ applicationName: data['WORKER_AUTH_APPLICATION'] ?? '', env }).get();
}

/** @returns the status of the answer; 0 when there is none */
async function probe(port: number, path: string): Promise<number> {
  return await fetch(`http://${podHost}:${port}${path}`).then(
    ({ status }) => status,
    () => 0,
  );
}
