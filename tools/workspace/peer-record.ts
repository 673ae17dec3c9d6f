import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Bound, Versions } from './peer-versions.ts';
import { markdownTable, writeSection } from './readme-section.ts';

/** One run without a failure: with which peers, when, and how many tests passed. */
export interface PeerRun {
  /** The day, `2026-11-25`. */
  readonly date: string;
  readonly versions: Versions;
  readonly passed: number;
  readonly skipped: number;
}

/** What was run, by the folder of the package and the end of its ranges. */
export type PeerRecord = Readonly<Record<string, Partial<Readonly<Record<Bound, PeerRun>>>>>;

const recordFile = 'tools/workspace/peers.json';

/** The page for users that is made from it, and its section. */
export const compatibilityPage = 'packages/temporal-auth/docs/compatibility.md';
export const compatibilitySection = 'peers';

/** @param workspace the top of the repository */
export function readRecord(workspace: string): PeerRecord {
  const file = join(workspace, recordFile);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PeerRecord) : {};
}

/** Takes a run into the record, in place of the one before it, and writes the page anew. */
export async function recordRun(
  workspace: string,
  directory: string,
  bound: Bound,
  run: PeerRun,
): Promise<void> {
  const record = readRecord(workspace);
  const runs = { ...record, [directory]: { ...record[directory], [bound]: run } };
  const sorted = Object.fromEntries(Object.entries(runs).sort(([a], [b]) => a.localeCompare(b)));
  const file = join(workspace, recordFile);
  const options = { ...(await resolveConfig(file)), filepath: file };
  await writeFile(file, await format(JSON.stringify(sorted), options));
  await writeSection(join(workspace, compatibilityPage), compatibilitySection, compatibilityTable(sorted));
}

/** The table of the page: a line for each peer of each package. */
export function compatibilityTable(record: PeerRecord): string {
  const rows = Object.entries(record).flatMap(([directory, runs]) =>
    Object.entries({ ...runs.newest?.versions, ...runs.oldest?.versions }).map(([name]) => [
      ...[`\`${directory.replace('packages/', '@worker-auth/')}\``, `\`${name}\``],
      ...[testedWith(name, runs.oldest), testedWith(name, runs.newest)],
    ]),
  );
  return markdownTable(['package', 'peer', 'oldest', 'newest that was run'], rows).join('\n');
}

function testedWith(name: string, run: PeerRun | undefined): string {
  const version = run?.versions[name];
  if (run === undefined || version === undefined) return 'not run yet';
  return `${version}: ${run.passed} tests passed, ${run.date}`;
}
