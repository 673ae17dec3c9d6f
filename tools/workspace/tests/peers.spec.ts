import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { compatibilityPage, compatibilitySection, compatibilityTable, readRecord } from '../peer-record.ts';
import { peersOf, rangeOf } from '../peer-versions.ts';
import type { Manifest } from '../published-manifest.ts';
import { readSection } from '../readme-section.ts';

const workspace = join(import.meta.dirname, '../../..');
const record = readRecord(workspace);
const ranges = Object.fromEntries(
  globSync('packages/*/package.json', { cwd: workspace })
    .map((path): [string, ReturnType<typeof peersOf>] => [
      dirname(path),
      peersOf(JSON.parse(readFileSync(join(workspace, path), 'utf8')) as Manifest),
    ])
    .filter(([, peers]) => Object.keys(peers).length > 0),
);

it('the packages with peers are those that "npm run peers" has run', () => {
  expect(Object.keys(record).sort()).toEqual(Object.keys(ranges).sort());
});

describe.each(Object.entries(ranges))('the ranges of %s', (directory, peers) => {
  const { oldest, newest } = record[directory] ?? {};

  it('go from the oldest version that was run to the next major version after the newest', () => {
    const ran = Object.entries(oldest?.versions ?? {}).map(([name, version]) => [
      name,
      rangeOf(version, newest?.versions[name] ?? version),
    ]);
    expect(peers).toEqual(Object.fromEntries(ran));
  });

  it.each(['oldest', 'newest'] as const)('end where all tests passed: the %s', (bound) => {
    const run = record[directory]?.[bound];
    expect(Object.keys(run?.versions ?? {}).sort()).toEqual(Object.keys(peers).sort());
    expect(run?.passed).toBeGreaterThan(100);
    expect(run?.skipped).toBe(0);
  });
});

it('the page for users says the same', async () => {
  const page = join(workspace, compatibilityPage);
  const options = { ...(await resolveConfig(page)), filepath: page };
  expect(readSection(page, compatibilitySection).trim()).toBe(
    (await format(compatibilityTable(record), options)).trim(),
  );
});
