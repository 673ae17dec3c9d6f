import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

const runs = 21;
const packageFolder = join(import.meta.dirname, '..');
const readme = join(packageFolder, 'README.md');
const marked = /(<!-- figures -->\n)[\s\S]*?(\n<!-- \/figures -->)/;

/** Milliseconds of `import(name)` in a new process: the median of the runs. */
function importMs(name: string): string {
  const program = `const t = performance.now(); await import(${JSON.stringify(name)}); process.stdout.write(String(performance.now() - t));`;
  const times = Array.from({ length: runs }, () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: packageFolder }),
    ),
  ).sort((a, b) => a - b);
  return (times[Math.floor(runs / 2)] ?? Number.NaN).toFixed(0);
}

function bytesUnder(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  const entries = readdirSync(path).filter((entry) => entry !== 'node_modules');
  return entries.reduce((sum, entry) => sum + bytesUnder(join(path, entry)), 0);
}

function installedFolder(name: string): string {
  const manifest = findPackageJSON(name, import.meta.url);
  if (manifest === undefined) throw new Error(`${name} is not installed`);
  return dirname(manifest);
}

const kilobytes = (bytes: number): string => Math.round(bytes / 1024).toLocaleString('en');
const own = ['dist', 'package.json', 'README.md', 'CHANGELOG.md'];
const ownBytes = own.reduce((sum, entry) => sum + bytesUnder(join(packageFolder, entry)), 0);
const dependencies = ['zod'].map((name) => ({ name, bytes: bytesUnder(installedFolder(name)) }));
const figures = [
  '| | |',
  '| --- | --- |',
  `| import of \`@worker-auth/secret-store\` | ${importMs('@worker-auth/secret-store')} ms |`,
  `| of that, \`zod\` alone | ${importMs('zod')} ms |`,
  `| \`@dapr/dapr\`, never loaded by this package | ${importMs('@dapr/dapr')} ms |`,
  `| installed size, source maps included | ${kilobytes(ownBytes)} KB |`,
  ...dependencies.map(({ name, bytes }) => `| installed size of \`${name}\` | ${kilobytes(bytes)} KB |`),
  '',
  `Median of ${runs} processes on Node ${process.versions.node}.`,
].join('\n');

writeFileSync(readme, readFileSync(readme, 'utf8').replace(marked, `$1\n${figures}\n$2`));
