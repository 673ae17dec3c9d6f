import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';

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
