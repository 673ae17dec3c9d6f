import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { daprAnnotations, type ManifestProblem, validateManifests } from '@worker-auth/servers';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { manifestFiles, manifestsFolder, readKubernetesExample } from '../src/fixtures/kubernetes-example.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

/** The oldest and the newest that the example is for. */
const versions = ['1.27', '1.37'];

const example = await readKubernetesExample();
const { metadata: podMetadata } = example.Deployment.spec.template;

await describeWith(
  ['kubernetes-validate', 'dapr-definitions'],
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

    it('is rejected by each version of Kubernetes when it has one thing wrong', async () => {
      const problems = await problemsOf([
        ['worker.yaml', 'livenessProbe:', 'livenessprobe:'],
        ['worker.yaml', 'expirationSeconds:', 'expirationSecond:'],
        ['worker.yaml', 'replicas: 2', "replicas: 'two'"],
        ['access.yaml', 'resourceNames:', 'resourceName:'],
        ['network.yaml', 'policyTypes:', 'policyType:'],
        // What the definition of a component leaves to Kubernetes.
        ['deployment-secret-store.yaml', '\n  name:', '\n  nme:'],
      ]);
      const paths = [
        'spec.template.spec.containers.0',
        'spec.template.spec.volumes.0.projected.sources.0.serviceAccountToken',
        'spec.replicas',
        'rules.0',
        'spec',
        'metadata',
      ];
      expect(problems.map(({ schema, path }) => [schema, path])).toEqual(
        paths.flatMap((path) => versions.map((version) => [`Kubernetes ${version}`, path])),
      );
    });

    it('is rejected by Dapr when the component has one thing wrong', async () => {
      const file = 'deployment-secret-store.yaml';
      const problems = await problemsOf([
        [file, 'scopes:', 'scope:'],
        [file, '  version: v1', '  vresion: v1'],
        [file, 'type: secretstores.kubernetes', 'type: 1'],
      ]);
      expect(problems.map(({ schema, path }) => [schema, path])).toEqual([
        ['Dapr', ''],
        ['Dapr', 'spec'],
        ['Dapr', 'spec.type'],
      ]);
    });

    it('is rejected when a resource is of a kind that nobody knows', async () => {
      const problems = await problemsOf([['worker.yaml', 'kind: Deployment', 'kind: Deploymant']]);
      expect(problems).toMatchObject(versions.map(() => ({ resource: 'Deploymant postgres-extraction' })));
    });

    it('has only annotations that the injector of Dapr reads', async () => {
      const known = await daprAnnotations();
      const ours = Object.keys(podMetadata.annotations).filter((name) => name.startsWith('dapr.io/'));
      expect(ours).toContain('dapr.io/enabled');
      expect(ours.filter((name) => !known.has(name))).toEqual([]);
    });
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
    copies.push(await folder.write(`${copies.length}-${file}`, text.replace(right, wrong)));
  }
  return await validateManifests(copies, versions);
}
