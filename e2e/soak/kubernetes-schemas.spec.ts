import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Client } from '@temporalio/client';
import {
  controllerVariables,
  daprAnnotations,
  type ManifestProblem,
  validateManifests,
  validateMonitors,
} from '@worker-auth/servers';
import { temporalAuth } from '@worker-auth/temporal-auth';
import {
  FakeTemporalFrontend,
  testCertificates,
  testClientCertificate,
  tokenFingerprint,
} from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { packageFolder } from '../src/agent/agent-process.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import {
  exampleFolder,
  manifestFiles,
  manifestsFolder,
  readKubernetesExample,
} from '../src/fixtures/kubernetes-example.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

/** The oldest and the newest that the example is for. */
const versions = ['1.27', '1.37'];

const example = await readKubernetesExample();
const { metadata: podMetadata } = example.Deployment.spec.template;

await describeWith(
  ['kubernetes-validate', 'kubernetes-definitions'],
  'the Kubernetes example, by its schemas',
  () => {
    it('has nothing that Kubernetes or Dapr does not know', async () => {
      const files = await manifestFiles();
      expect(files.map((file) => basename(file))).toEqual([
        'access.yaml',
        'configuration.yaml',
        'credentials.yaml',
        'deployment-secret-store.yaml',
        'network.yaml',
        'worker.yaml',
      ]);
      expect(await validateManifests(files, versions)).toEqual([]);
    });

    it('has nothing that the operator of Prometheus does not know', async () => {
      const folder = join(exampleFolder, 'monitoring');
      const files = (await readdir(folder)).map((name) => join(folder, name));
      expect(files).toHaveLength(2);
      expect(await validateManifests(files, versions)).toEqual([]);
      const changes = [
        [files[0], 'podMetricsEndpoints:', 'podMetricEndpoints:'],
        [files[1], 'expr:', 'expression:'],
      ] as const;
      const problems = await problemsOf(
        changes.map(([file = '', ...change]) => [`../monitoring/${basename(file)}`, ...change]),
      );
      expect(problems.map(({ schema }) => schema)).toEqual([
        'monitoring.coreos.com',
        'monitoring.coreos.com',
      ]);
    });

    it('has monitors beside it that the API of Datadog takes', async () => {
      const file = join(exampleFolder, '../../packages/temporal-auth/monitoring/datadog.json');
      expect(await validateMonitors([file])).toEqual([]);
      await using folder = await temporaryFolder();
      const text = await readFile(file, 'utf8');
      const wrong = text.replace('"query alert"', '"querry alert"').replace('"thresholds"', '"threshold"');
      const problems = await validateMonitors([await folder.write('datadog.json', wrong)]);
      expect(problems.map(({ path }) => path)).toEqual(['options', 'type']);
    });

    it('has components for each back end that Dapr knows', async () => {
      const components = join(exampleFolder, '../../components');
      const folders = (await readdir(components)).filter((name) => !name.endsWith('.md'));
      const files = folders.map((name) => join(components, name, 'deployment-secret-store.yaml'));
      expect(folders).toContain('azure-key-vault');
      expect(await validateManifests(files, versions)).toEqual([]);
    });

    it('is rejected by each version of Kubernetes, and by Dapr, when it has one thing wrong', async () => {
      const component = 'deployment-secret-store.yaml';
      const problems = await problemsOf([
        ['worker.yaml', 'livenessProbe:', 'livenessprobe:'],
        ['worker.yaml', 'kind: Deployment', 'kind: Deploymant'],
        [component, 'type: secretstores.kubernetes', 'type: 1'],
      ]);
      expect(problems.map(({ schema, resource, path }) => schema + resource + path)).toEqual([
        ...versions.map(
          (version) => expect.stringMatching(`^Kubernetes ${version}.*containers.0$`) as string,
        ),
        ...versions.map(() => expect.stringContaining('Deploymant postgres-extraction') as string),
        expect.stringMatching(/^dapr\.io.*spec\.type$/),
      ]);
    });

    it('has only annotations that the injector of Dapr reads', async () => {
      const known = await daprAnnotations();
      const ours = Object.keys(podMetadata.annotations).filter((name) => name.startsWith('dapr.io/'));
      expect(ours).toContain('dapr.io/enabled');
      expect(ours.filter((name) => !known.has(name))).toEqual([]);
    });
  },
);

/** The agent's sidecar on its page, as a pod, and the pod of its example. Native sidecars are there by default since 1.29. */
const ofAgent = ['1.29', '1.37'];
const agentPage = await readFile(join(packageFolder, 'docs/agent.md'), 'utf8');
const [, sidecar = ''] = /^```yaml\n(.*?)^```$/ms.exec(agentPage) ?? [];
const agentPod = await readFile(join(exampleFolder, '../agent/pod.yaml'), 'utf8');

await describeWith(['kubernetes-validate', 'kubernetes-definitions'], 'the pods of the agent', () => {
  it.each([
    [
      'on its page',
      `apiVersion: v1\nkind: Pod\nmetadata: { name: worker }\n${sidecar}`,
      'startupProbe:',
      'startProbe:',
    ],
    ['of its example', agentPod, 'failureThreshold: 150', "failureThreshold: 'many'"],
  ])('%s: nothing that Kubernetes does not know', async (_where, manifest, right, wrong) => {
    await using folder = await temporaryFolder();
    const validated = async (text: string) =>
      validateManifests([await folder.write('pod.yaml', text)], ofAgent);
    expect(await validated(manifest)).toEqual([]);
    expect(manifest).toContain(right);
    expect(await validated(manifest.replace(right, wrong))).toHaveLength(ofAgent.length);
  });
});

const page = await readFile(join(exampleFolder, '../../docs/guides/kubernetes/worker-controller.md'), 'utf8');

/** The manifests for the controller. */
const manifests = /```yaml\n(apiVersion: temporal\.io\/[^]*?)```/.exec(page)?.[1] ?? '';

await describeWith(
  ['kubernetes-validate', 'kubernetes-definitions'],
  "what the page says of Temporal's worker controller",
  () => {
    async function problemsOf(text: string): Promise<readonly (readonly [schema: string, path: string])[]> {
      await using folder = await temporaryFolder();
      const problems = await validateManifests([await folder.write('controller.yaml', text)], versions);
      return problems.map(({ schema, path: at }) => [schema, at]);
    }

    it('has nothing that the controller does not know', async () => {
      expect(await problemsOf(manifests)).toEqual([]);
    });

    it.each([
      ['hostPort:', 'host:', 'spec'],
      ['strategy: AllAtOnce', 'strategy: AtOnce', 'spec.rollout.strategy'],
    ])('is rejected with %s as %s', async (right, wrong, path) => {
      expect(manifests).toContain(right);
      expect(await problemsOf(manifests.replace(right, wrong))).toEqual([['temporal.io', path]]);
    });

    it('has each variable that the controller writes into a container', async () => {
      const written = await controllerVariables();
      expect(written.size).toBe(9);
      for (const name of written.keys()) expect(page).toContain(`\`${name}`);
    });

    it.each(['mutualTLSSecretRef', 'apiKeySecretRef'])(
      'is how a client finds Temporal with nothing else: %s',
      async (reference) => {
        await using files = await temporaryFolder();
        const { cert, key } = testClientCertificate({ subjectDn: 'CN=orders' });
        await Promise.all([files.write('tls.crt', cert), files.write('tls.key', key)]);
        const isMutual = reference === 'mutualTLSSecretRef';
        await using temporal = await FakeTemporalFrontend.start({
          ...{ tls: true, requireClientCertificate: isMutual, namespaces: ['orders.a1b2c'] },
          acceptToken: (token) => isMutual || token === 'the-key',
        });
        const written = await controllerVariables();
        const ofSecret = isMutual
          ? [...written].filter(([name]) => /^TEMPORAL_TLS(?!_SERVER)/.test(name))
          : [['TEMPORAL_API_KEY', 'the-key'] as const];
        const mounted = ofSecret.map(([name, value]) => [
          name,
          value.replace('/etc/temporal/tls', files.path),
        ]);
        const env = {
          ...{ TEMPORAL_ADDRESS: `localhost:${temporal.port}`, TEMPORAL_NAMESPACE: 'orders.a1b2c' },
          ...(Object.fromEntries(mounted) as Record<string, string>),
        };
        await using auth = temporalAuth({ env, ca: testCertificates().ca });
        await auth.ready();
        const client = new Client({ plugins: [auth] });
        await client.workflowService.describeNamespace({ namespace: 'orders.a1b2c' });
        await client.connection.close();
        expect(temporal.calls.at(-1)?.clientName).toBe(isMutual ? 'orders' : undefined);
        expect(temporal.tokensOf('DescribeNamespace').at(-1)).toBe(
          isMutual ? undefined : tokenFingerprint('the-key'),
        );
      },
    );
  },
);

/** What is wrong with copies of the example's files, in each of which something wrong stands in the place of something right. */
async function problemsOf(
  changes: readonly (readonly [file: string, right: string, wrong: string])[],
): Promise<readonly ManifestProblem[]> {
  await using folder = await temporaryFolder();
  const copies: string[] = [];
  for (const [file, right, wrong] of changes) {
    const text = await readFile(join(manifestsFolder, file), 'utf8');
    expect(text).toContain(right);
    copies.push(await folder.write(`${copies.length}-${basename(file)}`, text.replace(right, wrong)));
  }
  return await validateManifests(copies, versions);
}
