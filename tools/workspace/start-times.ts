import { availableParallelism, cpus, loadavg } from 'node:os';
import { processTimes } from './process-times.ts';
import { join } from 'node:path';
import { markdownTable, writeSection } from './readme-section.ts';

/**
 * Measures how long a package, as built, takes to be there, and writes the table into one of its pages.
 *
 * @param packageFolder the package's folder
 * @param programs what is timed, by what it is in words; see {@link processTimes}
 * @param page a path in the package, with the comments of the section in it
 */
export async function writeStartTimes(
  packageFolder: string,
  programs: Readonly<Record<string, string>>,
  page = 'README.md',
): Promise<void> {
  const times = await processTimes(programs, packageFolder);
  const load = loadavg()[0]?.toFixed(1) ?? 'unknown';
  const report = [
    `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, medians of 21 new processes each, ` +
      `${new Date().toISOString().slice(0, 10)}, load ${load} on ${availableParallelism()} cores.`,
    '',
    ...markdownTable(
      ['in a new process', 'ms'],
      [...times].map(([what, ms]) => [what, ms.toFixed(1)]),
    ),
  ].join('\n');
  await writeSection(join(packageFolder, page), 'start', report);
  console.log(report);
}
