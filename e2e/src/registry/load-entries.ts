import type { ExampleModules, Runtime } from '@worker-auth/workspace/example-ground';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { InstalledSubject } from './installed-subject.ts';

/** The names that each entry of an installed package exports, loaded by `import` or by `require`. */
export async function loadEntries(
  { folder, entries }: InstalledSubject,
  { program, args }: Runtime,
  modules: ExampleModules,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const load = modules === 'import' ? 'await import(name)' : 'require(name)';
  const file = join(folder, `entries.${modules === 'import' ? 'mjs' : 'cjs'}`);
  const body = `const exports = {};
  for (const name of ${JSON.stringify(entries)}) exports[name] = Object.keys(${load}).filter((key) => key !== '__esModule');
  console.log(JSON.stringify(exports));`;
  await writeFile(file, `(async () => {${body}})();`);
  try {
    const { stdout } = await promisify(execFile)(program, [...args, file], { cwd: folder, timeout: 120_000 });
    return JSON.parse(stdout) as Record<string, string[]>;
  } finally {
    await rm(file);
  }
}
