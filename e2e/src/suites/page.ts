import { markdownTable, measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import type { FileReport } from './judge.ts';
import { commitOf } from './program.ts';
import type { Suite } from './suite.ts';

/** Writes the section of a suite in docs/measurements/suites.md. */
export async function writeSuite(
  { name, title, lanes: [, ...lanes], notRun }: Suite,
  clone: string,
  reports: readonly FileReport[],
): Promise<void> {
  const measured = new Date().toISOString().slice(0, 10);
  const commit = (await commitOf(clone)).slice(0, 12);
  const rows = lanes.map((lane) => {
    const inLane = reports.filter((report) => report.lane === lane);
    const total = (count: (report: FileReport) => number): string =>
      String(inLane.reduce((sum, report) => sum + count(report), 0));
    return [
      lane,
      total(({ passed, passedAlone }) => passed + passedAlone.length),
      total(({ skipped }) => skipped),
      total(({ failedInBoth }) => failedInBoth.length),
      total(({ differences }) => differences.length),
    ];
  });
  const header = ['lane', 'passed', 'skipped', 'fail without us too', 'differ'];
  const differences = reports.flatMap(({ file, lane, differences }) =>
    differences.map(({ test, reason }) => `- ${file}, ${lane}, *${test}*: ${reason ?? 'no reason'}`),
  );
  const left = [...new Set(Object.values(notRun))].map((reason) => {
    const names = Object.keys(notRun).filter((file) => notRun[file] === reason);
    return `- ${names.join(', ')}: ${reason}`;
  });
  await writeSection(
    measurementsPage('suites'),
    name,
    [
      ...[
        `${title}, commit ${commit}, ${measured}: ${new Set(reports.map(({ file }) => file)).size} files.`,
        '',
        ...markdownTable(header, rows),
      ],
      ...(differences.length > 0 ? ['', 'What differs:', '', ...differences] : []),
      ...(left.length > 0 ? ['', 'What is not run:', '', ...left] : []),
    ].join('\n'),
  );
}
