import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * The files that differ from a branch: committed since, changed, or not tracked yet. Deleted files are left out.
 *
 * @param repository its top folder
 * @returns absolute paths
 */
export function changedFiles(repository: string, branch: string): readonly string[] {
  const git = (...args: string[]): string[] =>
    execFileSync('git', [...args, '-z'], { cwd: repository, encoding: 'utf8', maxBuffer: 2 ** 26 }).split(
      '\0',
    );
  const names = [
    ...git('diff', '--name-only', '--diff-filter=d', '--merge-base', branch),
    ...git('ls-files', '--others', '--exclude-standard'),
  ];
  return names.filter((name) => name !== '').map((name) => join(repository, name));
}
