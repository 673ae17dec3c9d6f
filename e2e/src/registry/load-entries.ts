import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BundledProject } from '../bundles/bundled-project.ts';
import type { NamedRuntime } from './toolchains.ts';

/** How a module is loaded: `resolved` by `import` of the file that `require.resolve` finds. */
export type Loading = 'import' | 'require' | 'resolved';

const loads: Readonly<Record<Loading, string>> = {
  import: 'await import(name)',
  require: 'require(name)',
  resolved: 'await import(require.resolve(name))',
};

/** What a file of CommonJS that is imported has beside its names. */
const ofCommonJs = ['default', 'module.exports'];

/** The names that each entry of an installed package exports. */
export async function loadEntries(
  { path, entries }: Pick<BundledProject, 'path' | 'entries'>,
  { program, args }: NamedRuntime,
  loading: Loading,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const file = join(path, `entries.${loading === 'import' ? 'mjs' : 'cjs'}`);
  const others = ['__esModule', ...(loading === 'resolved' ? ofCommonJs : [])];
  const body = `const exports = {};
  for (const name of ${JSON.stringify(entries)}) exports[name] = Object.keys(${loads[loading]}).filter((key) => !${JSON.stringify(others)}.includes(key));
  console.log(JSON.stringify(exports));`;
  await writeFile(file, `(async () => {${body}})();`);
  try {
    const { stdout } = await promisify(execFile)(program, [...args, file], { cwd: path, timeout: 120_000 });
    return JSON.parse(stdout) as Record<string, string[]>;
  } finally {
    await rm(file);
  }
}
