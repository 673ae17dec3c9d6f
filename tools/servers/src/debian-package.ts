import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findOnPath, runCommand } from './command.ts';
import type { Recipe } from './places.ts';
import { currentPlatform } from './platform.ts';

/** A package of Debian. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** By platform: `linux-x64`. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** The release that has the pinned versions. Their hashes are checked here, so a machine without Debian's keys gets them too. */
const source = 'deb [trusted=yes] http://deb.debian.org/debian bookworm main\n';

/**
 * Programs out of a package of Debian: downloaded by apt, checked by its hash and unpacked, never installed, so that neither root nor what the
 * package depends on is needed; for programs that need no more than libc.
 *
 * @param programs their paths in the package; the first is the program
 */
export function debianPackage(
  { name, version, sha256 }: PinnedPackage,
  programs: readonly [string, ...string[]],
): Recipe {
  return {
    label: `the Debian package ${name} ${version}`,
    from: 'Debian',
    version,
    entry: () => ({ name: `${name}-${version}-${currentPlatform}`, proof: basename(programs[0]) }),
    make: async (target, env) => {
      const pinned = sha256[currentPlatform];
      if (pinned === undefined)
        throw new Error(`it is pinned for ${Object.keys(sha256).join(' and ')} alone`);
      if ((await findOnPath('apt-get', env)) === undefined) throw new Error('there is no "apt-get" on PATH');
      const work = join(target, 'apt');
      await mkdir(join(work, 'lists', 'partial'), { recursive: true });
      await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true });
      await writeFile(join(work, 'sources.list'), source);
      // Those of the machine may be of another release, or not there, and belong to root.
      const settings = [
        `Dir::State::lists=${work}/lists`,
        `Dir::Cache=${work}/cache`,
        `Dir::Etc::SourceList=${work}/sources.list`,
        'Dir::Etc::SourceParts=/dev/null',
      ].flatMap((setting) => ['-o', setting]);
      const options = { cwd: work, env: { PATH: env['PATH'] } };
      await runCommand('apt-get', ['update', '--quiet', ...settings], options);
      await runCommand('apt-get', ['download', '--quiet', `${name}=${version}`, ...settings], options);
      const archive = (await readdir(work)).find((file) => file.endsWith('.deb'));
      if (archive === undefined) throw new Error(`apt-get left no package ${name}`);
      const content = await readFile(join(work, archive));
      const actual = createHash('sha256').update(content).digest('hex');
      if (actual !== pinned)
        throw new Error(`${archive} has the SHA-256 ${actual} instead of the pinned ${pinned}`);
      await runCommand('dpkg-deb', ['--extract', archive, 'content'], options);
      for (const program of programs)
        await rename(join(work, 'content', program), join(target, basename(program)));
      await rm(work, { recursive: true });
    },
  };
}
