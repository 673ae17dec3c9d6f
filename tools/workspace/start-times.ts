import { availableParallelism, cpus, loadavg } from 'node:os';
import { basename } from 'node:path';
import { processTimes } from './process-times.ts';
import { markdownTable, measurementsPage, writeSection } from './readme-section.ts';

/**
 * Measures how long a package, as built, takes to be there, and writes the table into its page of measurements.
 *
 * @param packageFolder the package's folder
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
  await writeSection(measurementsPage(basename(packageFolder)), 'start', report);
  console.log(report);
}
