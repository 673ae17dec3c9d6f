import { readFileSync } from 'node:fs';
import { cp, glob, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { forCommonJs } from './commonjs.ts';
import { withNodeCheck } from './node-check.ts';
import { type Manifest, publishedManifest, withAbsoluteLinks } from './published-manifest.ts';
import { addressOf } from './repository.ts';

/** What npm packs whatever `files` says. */
const always = ['README.md', 'LICENSE'];

/**
 * Puts together what is published of a package, for npm to pack it there.
 *
 * @param folder of the package, which is built
 * @param workspace the top of the repository
 * @returns the folder `publish` in it
 * @throws the system's error where something that is to be packed is missing
 */
export async function stagePackage(folder: string, workspace: string): Promise<string> {
  const target = join(folder, 'publish');
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest & {
    readonly files: readonly string[];
  };
  const entries = [...always, ...manifest.files];
  const files = (await Promise.all(entries.map((entry) => filesOf(folder, entry)))).flat();
  const packed = new Set(files);
  const place = {
    directory: relative(workspace, folder),
    address: addressOf(manifest),
    isPacked: (path: string) => packed.has(path),
  };
  await rm(target, { recursive: true, force: true });
  for (const file of files) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    if (file.endsWith('.md')) {
      const markdown = await readFile(join(folder, file), 'utf8');
      await writeFile(join(target, file), withAbsoluteLinks(markdown, dirname(file), place));
    } else {
      await cp(join(folder, file), join(target, file));
    }
  }
  const read = (path: string): string => readFileSync(join(target, path), 'utf8');
  const published = forCommonJs(publishedManifest(manifest), read);
  for (const [file, text] of published.files) await writeFile(join(target, file), text);
  for (const [file, text] of withNodeCheck(published.manifest, read))
    await writeFile(join(target, file), text);
  await writeFile(join(target, 'package.json'), `${JSON.stringify(published.manifest, undefined, 2)}\n`);
  return target;
}

async function filesOf(folder: string, entry: string): Promise<readonly string[]> {
  if ((await stat(join(folder, entry))).isFile()) return [entry];
  const files: string[] = [];
  for await (const file of glob('**/*', { cwd: join(folder, entry), withFileTypes: true })) {
    if (file.isFile()) files.push(relative(folder, join(file.parentPath, file.name)));
  }
  return files;
}
