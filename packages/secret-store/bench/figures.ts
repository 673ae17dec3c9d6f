import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';

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
  return readdirSync(path).reduce((sum, entry) => sum + bytesUnder(join(path, entry)), 0);
}

const kilobytes = (bytes: number): string => Math.round(bytes / 1024).toLocaleString('en');
const figures = [
  '| | |',
  '| --- | --- |',
  `| import of \`@worker-auth/secret-store\` | ${importMs('@worker-auth/secret-store')} ms |`,
  `| \`@dapr/dapr\`, never loaded by this package | ${importMs('@dapr/dapr')} ms |`,
  `| installed size, source maps and \`zod\` included | ${kilobytes(bytesUnder(join(packageFolder, 'publish')))} KB |`,
  '',
  `Median of ${runs} processes on Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1) ?? 'unknown'} on ${availableParallelism()} cores.`,
].join('\n');

writeFileSync(readme, readFileSync(readme, 'utf8').replace(marked, `$1\n${figures}\n$2`));
