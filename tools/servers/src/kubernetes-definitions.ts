import { copyFile, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { goPlaces, withGoCaches } from './go.ts';
import { obtain, type Place, type Places } from './lookup.ts';
import { cachePlace, inEntry } from './places.ts';
import { withProgress } from './progress.ts';
import {
  daprDefinitions,
  datadogClient,
  type PinnedModule,
  prometheusOperator,
  workerController,
} from './versions.ts';

/** What is taken of each module. */
const kept: readonly (readonly [module: PinnedModule, paths: readonly string[]])[] = [
  [daprDefinitions, ['charts/dapr/crds/components.yaml', 'pkg/injector/annotations/annotations.go']],
  [
    prometheusOperator,
    ['podmonitors', 'prometheusrules'].map(
      (kind) => `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
    ),
  ],
  [datadogClient, ['.generator/schemas/v1/openapi.yaml']],
  [
    workerController,
    [
      'helm/temporal-worker-controller-crds/templates/temporal.io_connections.yaml',
      'helm/temporal-worker-controller-crds/templates/temporal.io_workerdeployments.yaml',
      'internal/k8s/deployments.go',
    ],
  ],
];

const version = kept.map(([module]) => module.version).join('-');

const entry: CacheEntry = { name: `kubernetes-definitions-${version}`, proof: 'deployments.go' };

/** Where the definitions of resources of Dapr, the Prometheus operator, Datadog and Temporal's worker controller may be: the cache, their Go modules. */
export function kubernetesDefinitionsPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  return {
    title: 'kubernetes-definitions',
    local: [cachePlace(() => entry, version, cacheFolder(env))],
    remote: [modulesPlace(env)],
    byHand:
      'put Go on PATH (https://go.dev/doc/install) and run "npm run servers -- fetch kubernetes-definitions"',
  };
}

/** @returns the paths of their CustomResourceDefinitions */
export async function customDefinitions(): Promise<readonly string[]> {
  const files = kept.flatMap(([, paths]) => paths.map((path) => basename(path)));
  const definitions = files.filter((file) => file.endsWith('.yaml') && file !== 'openapi.yaml');
  return await Promise.all(definitions.map(pathOf));
}

/** @returns the path of the description of Datadog's API */
export function datadogApi(): Promise<string> {
  return pathOf('openapi.yaml');
}

/** @returns the annotations of a pod that Dapr's injector reads: `dapr.io/app-id` and so on. It says nothing of others. */
export async function daprAnnotations(): Promise<ReadonlySet<string>> {
  const source = await readFile(await pathOf('annotations.go'), 'utf8');
  return new Set([...source.matchAll(/"(dapr\.io\/[^"]+)"/g)].map(([, name = '']) => name));
}

/** @returns what the worker controller writes into each container: variables with their values, and the folder of the certificate */
export async function controllerVariables(): Promise<ReadonlyMap<string, string>> {
  const source = await readFile(await pathOf('deployments.go'), 'utf8');
  const named = source.matchAll(/Name:\s*"(TEMPORAL_\w+)",\s*Value(?:From)?:\s*(?:"([^"]*)"|([\w.&]+))/g);
  return new Map([...named].map(([, name = '', text, expression = '']) => [name, text ?? expression]));
}

async function pathOf(file: string): Promise<string> {
  const { path } = await obtain(kubernetesDefinitionsPlaces());
  return join(dirname(path), file);
}

function modulesPlace(env: NodeJS.ProcessEnv): Place {
  return {
    label: `the Go modules ${kept.map(([{ path, version: moduleVersion }]) => `${path} ${moduleVersion}`).join(' and ')}`,
    async look() {
      const root = cacheFolder(env);
      const toolchain = await obtain(goPlaces(env));
      const folder = await cached(
        entry,
        (target) =>
          withProgress('Fetching the definitions of Kubernetes resources', async () => {
            for (const [module, paths] of kept)
              await withGoCaches(target, (goEnv) => take(toolchain.path, target, module, paths, goEnv));
          }),
        root,
      );
      return inEntry(folder, entry, version, 'Go modules');
    },
  };
}

async function take(
  go: string,
  target: string,
  { path: modulePath, version: wanted, sum }: PinnedModule,
  paths: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const args = ['mod', 'download', '-json', `${modulePath}@v${wanted}`];
  const answer = await runCommand(go, args, { cwd: target, env });
  const { Dir: folder, Sum: found } = JSON.parse(answer) as { readonly Dir: string; readonly Sum: string };
  if (found !== sum) {
    throw new Error(`${modulePath} ${wanted} has the sum ${found} instead of the pinned ${sum}`);
  }
  for (const path of paths) await copyFile(join(folder, path), join(target, basename(path)));
}
