// `nx suites e2e`: the tests of Temporal's SDKs and samples, with and without us. It exits with 1 when a test fails with us alone, and nobody has
// said why it has to. A suite that ran with all its files has its section in docs/measurements/suites.md written.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type FileReport, judgeFile } from './judge.ts';
import { writeSuite } from './page.ts';
import { go } from './go.ts';
import { python } from './python.ts';
import { samples } from './samples.ts';
import { typescript } from './typescript.ts';

const suites = [typescript, go, python, samples];

const { values } = parseArgs({
  options: {
    ...Object.fromEntries(suites.map(({ name }) => [name, { type: 'string' as const }])),
    file: { type: 'string' as const, multiple: true },
    lane: { type: 'string' as const },
  },
});
const paths: Readonly<Record<string, unknown>> = values;
const { file: names, lane: onlyLane } = values as {
  readonly file?: readonly string[];
  readonly lane?: string;
};
let unexplained = 0;
let ran = 0;
for (const suite of suites) {
  const path = paths[suite.name];
  if (typeof path !== 'string') continue;
  const clone = resolve(process.env['INIT_CWD'] ?? '.', path);
  const all = (await suite.filesOf(clone)).filter(
    (file) => !Object.keys(suite.notRun).some((name) => file === name || file.startsWith(`${name}/`)),
  );
  const files = all.filter((file) => names?.includes(file) ?? true);
  if (files.length === 0) continue;
  const [reference, ...others] = suite.lanes;
  const lanes = [reference, ...others.filter((lane) => lane === (onlyLane ?? lane))] as const;
  await using open = await suite.open(clone);
  const reports: FileReport[] = [];
  for (const file of files) {
    for (const report of await judgeFile({ ...suite, lanes }, open, file)) {
      reports.push(report);
      console.log(lineOf(report));
      unexplained += report.differences.filter(({ reason }) => reason === undefined).length;
    }
  }
  ran += files.length;
  if (names === undefined && onlyLane === undefined) await writeSuite(suite, clone, reports);
}
if (ran === 0) throw new RangeError(`Name a clone: ${suites.map(({ name }) => `--${name} PATH`).join(', ')}`);
console.log(`${ran} files, ${unexplained} differences without a reason`);
process.exitCode = unexplained === 0 ? 0 : 1;

function lineOf({ file, lane, passed, skipped, ...tests }: FileReport): string {
  const { passedAlone, failedInBoth, differences } = tests;
  return [
    `${file} (${lane}): ${passed} passed, ${skipped} skipped`,
    ...passedAlone.map((test) => `  passed alone: ${test}`),
    ...failedInBoth.map((test) => `  failed in both: ${test}`),
    ...differences.map(({ test, reason }) => `  differs: ${test}: ${reason ?? 'NOBODY SAID WHY'}`),
  ].join('\n');
}
