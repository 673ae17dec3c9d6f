import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { kubernetesDefinitionsPlaces } from '../src/kubernetes-definitions.ts';
import { obtain } from '../src/lookup.ts';
import { daprDefinitions, datadogClient, prometheusOperator, workerController } from '../src/versions.ts';
import { script, temporaryFolder } from './support.ts';

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

const files = [
  'charts/dapr/crds/components.yaml',
  'pkg/injector/annotations/annotations.go',
  'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml',
  'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
  '.generator/schemas/v1/openapi.yaml',
  'helm/temporal-worker-controller-crds/templates/temporal.io_connections.yaml',
  'helm/temporal-worker-controller-crds/templates/temporal.io_workerdeployments.yaml',
  'internal/k8s/deployments.go',
];

/** Puts a `go` alone on the returned PATH, which has all modules in a folder and says that the last has this sum. */
async function fakeGo(root: string, sum: string): Promise<NodeJS.ProcessEnv> {
  const folder = join(root, 'module');
  for (const file of files) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await writeFile(join(folder, file), `of ${file}`);
  }
  const said = (known: string): string => JSON.stringify({ Dir: folder, Sum: known });
  await script(
    join(root, 'bin', 'go'),
    `case "$*" in
      version) echo go version go99.0 linux/amd64;;
      *prometheus*) echo '${said(prometheusOperator.sum)}';;
      *DataDog*) echo '${said(datadogClient.sum)}';;
      *dapr*) echo '${said(daprDefinitions.sum)}';;
      *) echo '${said(sum)}';;
    esac`,
  );
  return { PATH: join(root, 'bin'), WORKER_AUTH_CACHE: join(root, 'cache') };
}

describe('the definitions of Kubernetes resources', () => {
  it('are taken of the modules whose sums are the pinned ones', async () => {
    const root = await temporaryFolder();
    const { path } = await obtain(kubernetesDefinitionsPlaces(await fakeGo(root, workerController.sum)));
    expect(await readFile(path, 'utf8')).toBe('of internal/k8s/deployments.go');
    const [entry = ''] = await readdir(join(root, 'cache'));
    expect(await readdir(join(root, 'cache', entry))).toEqual(files.map((file) => basename(file)).sort());
  });

  it('are rejected, and nothing is left in the cache, when the sum is another', async () => {
    const root = await temporaryFolder();
    await expect(obtain(kubernetesDefinitionsPlaces(await fakeGo(root, 'h1:another')))).rejects.toThrow(
      `${workerController.path} ${workerController.version} has the sum h1:another instead of the pinned ${workerController.sum}`,
    );
    expect(await readdir(join(root, 'cache'))).toEqual([]);
  });
});
