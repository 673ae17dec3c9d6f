import { findLocally, type Places } from './lookup.ts';

/**
 * What is on this machine, as a table for people, and below it what is missing and why. The network is not touched.
 *
 * @param programs by the name that is shown
 */
export async function statusTable(programs: Readonly<Record<string, Places>>): Promise<string> {
  const rows = [['SERVER', 'VERSION', 'FROM', 'PATH']];
  const missing: string[] = [];
  for (const [name, places] of Object.entries(programs)) {
    const found = await findLocally(places);
    if (typeof found === 'string') missing.push(`  ${name}: ${found}`);
    rows.push(
      typeof found === 'string' ? [name, '-', 'missing', ''] : [name, found.version, found.from, found.path],
    );
  }
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const reasons =
    missing.length === 0 ? [] : ['', 'Missing; "npm run servers -- fetch" gets it:', ...missing];
  return [...lines, ...reasons].join('\n');
}
