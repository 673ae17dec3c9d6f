// `nx other-fakes e2e`: testing-fakes beside other tools for the same five tests; writes the table of its docs/other-tools.md.
import { temporalCliPath } from '@worker-auth/servers';
import { median } from '@worker-auth/workspace/quantile';
import { processSamples } from '@worker-auth/workspace/process-times';
import { markdownTable, writeSection } from '@worker-auth/workspace/readme-section';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { comparedTools, linesOfTests, page } from './lines.ts';
import { firstToken, leave, temporalStarts } from './programs.ts';

const rounds = Number(process.argv[2] ?? 11);
const { path } = await temporalCliPath();
const folder = join(import.meta.dirname, '../..');
const samples = await processSamples({ ...firstToken, ...temporalStarts(path) }, folder, {
  rounds,
  after: leave,
});
const load = loadavg()[0]?.toFixed(1) ?? 'unknown';

/** The fastest and the median, in whole milliseconds. */
function times(name: string): string {
  const values = samples.get(name);
  return values === undefined ? '–' : `${Math.min(...values).toFixed(0)} / ${median(values).toFixed(0)}`;
}

function versionOf(tool: string): string {
  const file = createRequire(import.meta.url)
    .resolve.paths(tool)
    ?.map((place) => join(place, tool, 'package.json'))
    .find((candidate) => readable(candidate) !== undefined);
  return (JSON.parse(readable(file ?? '') ?? '{}') as { version?: string }).version ?? 'unknown';
}

function readable(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const head = [
  ...comparedTools.map((tool) => (tool === 'testing-fakes' ? tool : `${tool} ${versionOf(tool)}`)),
  `TestWorkflowEnvironment ${versionOf('@temporalio/testing')}`,
];
const report = [
  `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, ${rounds} new processes each, in turns, minimum / median, ` +
    `${new Date().toISOString().slice(0, 10)}, load ${load} on ${availableParallelism()} cores.`,
  '',
  ...markdownTable(
    ['', ...head],
    [
      [
        'lines of the five tests',
        ...comparedTools.map((tool) => String(linesOfTests(tool))),
        'none can be written',
      ],
      ['from the import to a token, ms', ...comparedTools.map(times), '–'],
      [
        'from the import to a Temporal that listens, ms',
        times('FakeTemporalFrontend'),
        ...comparedTools.slice(1).map(() => '–'),
        times('TestWorkflowEnvironment'),
      ],
    ],
  ),
].join('\n');
await writeSection(page, 'other-tools', report);
console.log(report);
