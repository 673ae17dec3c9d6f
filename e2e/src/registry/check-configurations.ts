import { lacking, promtool } from '@worker-auth/servers';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fence } from './fences.ts';
import type { InstalledSubject } from './installed-subject.ts';

/**
 * Has promtool look at each configuration of Prometheus where the package is installed: the files that it names have to be there.
 *
 * @returns what is wrong, or why it could not be found out
 */
export async function checkConfigurations(
  { folder }: InstalledSubject,
  fences: readonly Fence[],
): Promise<readonly string[]> {
  const configurations = fences.filter(({ language }) => language === 'yaml');
  const reason = configurations.length === 0 ? undefined : await lacking('prometheus');
  if (reason !== undefined) return [reason];
  const problems: string[] = [];
  for (const { code, place } of configurations) {
    const file = join(folder, 'prometheus.yml');
    await writeFile(file, code);
    await promtool('check', 'config', file).catch((error: unknown) => {
      problems.push(`${place}: ${String(error)}`);
    });
    await rm(file);
  }
  return problems;
}
