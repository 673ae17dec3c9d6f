import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The files of a repository that Git has or would take in, from its top. */
export async function trackedFiles(repository: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: repository, maxBuffer: 2 ** 26 },
  );
  return stdout.split('\0').filter((file) => file !== '' && existsSync(join(repository, file)));
}

/**
 * Copies the files of a repository that Git has or would take in, as they are now.
 *
 * @returns their paths, from the top of the repository
 */
export async function copyTrackedFiles(repository: string, target: string): Promise<readonly string[]> {
  const files = await trackedFiles(repository);
  for (const file of files) await cp(join(repository, file), join(target, file));
  return files;
}
