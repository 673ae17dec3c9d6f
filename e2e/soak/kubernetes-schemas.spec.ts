import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import {
  controllerVariables,
  daprAnnotations,
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
import { exampleFolder, manifestFiles, readKubernetesExample } from '../src/fixtures/kubernetes-example.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

// The oldest and the newest that the manifests are for. Native sidecars are there by default since 1.29.
const [versions, ofAgent] = [
  ['1.27', '1.37'],
  ['1.29', '1.37'],
];

const example = await readKubernetesExample();
const monitoring = join(exampleFolder, 'monitoring');
const components = join(exampleFolder, '../../components');
const page = await readFile(join(exampleFolder, '../../docs/guides/kubernetes/worker-controller.md'), 'utf8');
const agentPod = await readFile(join(exampleFolder, '../agent/pod.yaml'), 'utf8');
const datadog = join(exampleFolder, '../../packages/temporal-auth/monitoring/datadog.json');
const agentPage = await readFile(join(packageFolder, 'docs/agent.md'), 'utf8');
const [, sidecar = ''] = /^```yaml\n(.*?)^```$/ms.exec(agentPage) ?? [];

/** All manifests that users copy, by what they are. */
const manifests: Readonly<Record<string, readonly string[]>> = {
  'the Kubernetes example': await manifestFiles(),
  monitoring: [
    ...(await readdir(monitoring)).map((name) => join(monitoring, name)),
    join(exampleFolder, '../agent/pod-monitor.yaml'),
  ],
  'the components of each back end': (await readdir(components))
    .filter((name) => !name.endsWith('.md'))
    .map((name) => join(components, name, 'deployment-secret-store.yaml')),
};

await describeWith(['kubernetes-validate', 'kubernetes-definitions'], 'by their schemas', () => {
  it.each(Object.entries(manifests))('%s: nothing that nobody knows', async (_what, files) => {
    expect(files.length).toBeGreaterThan(1);
    expect(await validateManifests(files, versions)).toEqual([]);
  });

  it.each([
    [
      'the sidecar of the agent, as a pod',
      `apiVersion: v1\nkind: Pod\nmetadata: { name: worker }\n${sidecar}`,
      ofAgent,
    ],
    ['the pod of the agent', agentPod, ofAgent],
    [
      "what Temporal's worker controller takes",
      /```yaml\n(apiVersion: temporal\.io\/[^]*?)```/.exec(page)?.[1] ?? '',
      versions,
    ],
  ])('%s: nothing that nobody knows', async (_what, manifest, kubernetes) => {
    await using folder = await temporaryFolder();
    const right = await folder.write('right.yaml', manifest);
    expect(await validateManifests([right], kubernetes)).toEqual([]);
    const wrong = await folder.write('wrong.yaml', manifest.replace(/^kind: .*$/m, 'kind: Nothing'));
    expect(await validateManifests([wrong], kubernetes)).not.toEqual([]);
  });

  it('the monitors that the API of Datadog takes', async () => {
    expect(await validateMonitors([datadog])).toEqual([]);
  });

  it('only annotations that the injector of Dapr reads', async () => {
    const known = await daprAnnotations();
    const { annotations } = example.Deployment.spec.template.metadata;
    const ours = Object.keys(annotations).filter((name) => name.startsWith('dapr.io/'));
    expect(ours).toContain('dapr.io/enabled');
    expect(ours.filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(['mutualTLSSecretRef', 'apiKeySecretRef'])(
    'a client finds Temporal by what the controller writes into a container, and nothing else: %s',
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
      for (const name of written.keys()) expect(page).toContain(`\`${name}`);
      const ofSecret = isMutual
        ? [...written].filter(([name]) => /^TEMPORAL_TLS(?!_SERVER)/.test(name))
        : [['TEMPORAL_API_KEY', 'the-key'] as const];
      const mounted = ofSecret.map(([name, value]) => [name, value.replace('/etc/temporal/tls', files.path)]);
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
});
