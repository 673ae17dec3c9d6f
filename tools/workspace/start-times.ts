import { availableParallelism, cpus, loadavg } from 'node:os';
import { processTimes } from './process-times.ts';
import { markdownTable, writeReadmeSection } from './readme-section.ts';

/**
 * Measures how long a package, as built, takes to be there, and writes the table into its README.
 *
 * @param packageFolder the package's folder, with the README.md in it
 * @param programs what is timed, by what it is in words; see {@link processTimes}
 */
export async function writeStartTimes(
  packageFolder: string,
  programs: Readonly<Record<string, string>>,
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
  await writeReadmeSection(packageFolder, 'start', report);
  console.log(report);
}
