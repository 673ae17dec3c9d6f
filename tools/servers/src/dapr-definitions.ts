import { copyFile, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { goPlaces, withGoCaches } from './go.ts';
import { obtain, type Place, type Places } from './lookup.ts';
import { cachePlace, inEntry } from './places.ts';
import { withProgress } from './progress.ts';
import { daprDefinitions } from './versions.ts';

const { path: modulePath, version, sum } = daprDefinitions;

const entry: CacheEntry = { name: `dapr-definitions-${version}`, proof: 'components.yaml' };

/** What is taken of the module, by the name that it has in the cache. */
const kept = {
  'annotations.go': 'pkg/injector/annotations/annotations.go',
  'components.yaml': 'charts/dapr/crds/components.yaml',
};

/** Where what Dapr says of its Kubernetes resources may be: the cache, its Go module. */
export function daprDefinitionsPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  return {
    title: 'dapr-definitions',
    local: [cachePlace(() => entry, version, cacheFolder(env))],
    remote: [modulePlace(env)],
    byHand: 'put Go on PATH (https://go.dev/doc/install) and run "npm run servers -- fetch dapr-definitions"',
  };
}

/** @returns the path of Dapr's CustomResourceDefinition of a Component */
export async function componentDefinition(): Promise<string> {
  return (await obtain(daprDefinitionsPlaces())).path;
}

/** @returns the annotations of a pod that Dapr's injector reads: `dapr.io/app-id` and so on. It says nothing of others. */
export async function daprAnnotations(): Promise<ReadonlySet<string>> {
  const source = await readFile(join(dirname(await componentDefinition()), 'annotations.go'), 'utf8');
  return new Set([...source.matchAll(/"(dapr\.io\/[^"]+)"/g)].map(([, name = '']) => name));
}

function modulePlace(env: NodeJS.ProcessEnv): Place {
  return {
    label: `the Go module ${modulePath} ${version}`,
    async look() {
      const root = cacheFolder(env);
      const toolchain = await obtain(goPlaces(env));
      const folder = await cached(
        entry,
        (target) =>
          withProgress(`Fetching the Go module ${modulePath} ${version}`, () =>
            withGoCaches(target, (goEnv) => take(toolchain.path, target, goEnv)),
          ),
        root,
      );
      return inEntry(folder, entry, version, 'Go modules');
    },
  };
}

async function take(
  go: string,
  target: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const args = ['mod', 'download', '-json', `${modulePath}@v${version}`];
  const answer = await runCommand(go, args, { cwd: target, env });
  const { Dir: folder, Sum: found } = JSON.parse(answer) as { readonly Dir: string; readonly Sum: string };
  if (found !== sum) {
    throw new Error(`${modulePath} ${version} has the sum ${found} instead of the pinned ${sum}`);
  }
  for (const [name, path] of Object.entries(kept)) await copyFile(join(folder, path), join(target, name));
}
