import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findOnPath, runCommand } from './command.ts';
import type { Recipe } from './places.ts';
import { currentPlatform } from './platform.ts';

/**
 * Programs out of a package of the distribution: downloaded by apt and unpacked, never installed, so that neither root nor what the package
 * depends on is needed; for programs that need no more than libc.
 *
 * No version is pinned, since an archive keeps one alone; apt checks what it brings by the archive's signature.
 *
 * @param programs their paths in the package; the first is the program
 */
export function debianPackage(
  name: string,
  programs: readonly [string, ...string[]],
  version: Recipe['version'],
): Recipe {
  return {
    label: `the Debian package ${name}`,
    from: 'Debian',
    version,
    entry: () => ({ name: `${name}-debian-${currentPlatform}`, proof: basename(programs[0]) }),
    make: async (target, env) => {
      if ((await findOnPath('apt-get', env)) === undefined) throw new Error('there is no "apt-get" on PATH');
      const work = join(target, 'apt');
      await mkdir(join(work, 'lists', 'partial'), { recursive: true });
      await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true });
      // Those of the machine may be old, or not there, and belong to root.
      const folders = ['-o', `Dir::State::lists=${work}/lists`, '-o', `Dir::Cache=${work}/cache`];
      const options = { cwd: work, env: { PATH: env['PATH'] } };
      await runCommand('apt-get', ['update', '--quiet', ...folders], options);
      await runCommand('apt-get', ['download', '--quiet', name, ...folders], options);
      const archive = (await readdir(work)).find((file) => file.endsWith('.deb'));
      if (archive === undefined) throw new Error(`apt-get left no package ${name}`);
      await runCommand('dpkg-deb', ['--extract', archive, 'content'], options);
      for (const program of programs)
        await rename(join(work, 'content', program), join(target, basename(program)));
      await rm(work, { recursive: true });
    },
  };
}
