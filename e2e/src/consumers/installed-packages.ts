import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The packages of others of which something is in the modules, by the sources that their source maps name. */
export async function compiledInto(modules: readonly string[]): Promise<readonly string[]> {
  const names = modules.map(async (url) => {
    const map = await readFile(`${fileURLToPath(url)}.map`, 'utf8');
    const { sources } = JSON.parse(map) as { readonly sources: readonly string[] };
    return sources.flatMap((source) => /\/node_modules\/([^/]+)\//.exec(source)?.[1] ?? []);
  });
  return [...new Set((await Promise.all(names)).flat())].sort();
}

/** The packages below `node_modules` of a project, each with its bytes. */
export async function packageSizes(folder: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  const modules = join(folder, 'node_modules');
  for await (const entry of glob('**', { cwd: modules, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const name = /^(?:@[^/]+\/)?[^/.][^/]*(?=\/)/.exec(file.slice(modules.length + 1))?.[0];
    if (entry.isFile() && name !== undefined)
      sizes.set(name, (sizes.get(name) ?? 0) + (await stat(file)).size);
  }
  return sizes;
}
