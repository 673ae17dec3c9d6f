import { catalogue, type ProgramName } from './catalogue.ts';
import { findLocally, type Places } from './lookup.ts';

const headings = ['SERVER', 'VERSION', 'FROM', 'PATH'] as const;

/**
 * What is on this machine, as a table for people, and below it what is missing and why. The network is not touched.
 *
 * @param programs by the name that is shown
 */
export async function statusTable(
  programs: Readonly<Record<string, Places>> = thisMachine(),
): Promise<string> {
  const rows: string[][] = [[...headings]];
  const reasons: string[] = [];
  for (const [name, places] of Object.entries(programs)) {
    const state = await findLocally(places);
    if (state.found !== undefined) {
      rows.push([name, state.found.version, state.found.from, state.found.path]);
      continue;
    }
    rows.push([name, '-', 'missing', '']);
    reasons.push(`${name}: ${state.obstacle ?? howToGet(name, places, state.tried)}`);
  }
  const lines = align(rows);
  return (
    reasons.length === 0 ? lines : [...lines, '', 'Missing:', ...reasons.map((reason) => `  ${reason}`)]
  ).join('\n');
}

function howToGet(name: string, places: Places, tried: readonly string[]): string {
  const ways = places.remote.map((place) => place.label).join(', or ');
  return `${tried.join('; ')}. "npm run servers -- fetch ${name}" gets it: ${ways}.`;
}

function thisMachine(): Record<string, Places> {
  return Object.fromEntries(
    (Object.keys(catalogue) as ProgramName[]).map((name) => [name, catalogue[name]()]),
  );
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
