import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { type Versions, versionsOf } from '../peer-versions.ts';

const workspace = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(workspace, path), 'utf8');

/** The peers of each run of a workflow, such as `@temporalio/*@1.20.3 @opentelemetry/api@1.9.0`, by package. */
const runs = [...read('.github/workflows/latest.yml').matchAll(/package: ([\w-]+), peers: '([^']+)'/g)].map(
  ([, name = '', peers = '']): [string, Versions] => [name, versionsOf(peers.split(' '))],
);

const packages = globSync('packages/*/package.json', { cwd: workspace }).map((path): [string, Versions] => {
  const { peerDependencies = {} } = JSON.parse(read(path)) as { peerDependencies?: Versions };
  const grouped = Object.entries(peerDependencies).map(([name, range]) => [
    name.replace(/(?<=^@temporalio\/).*/, '*'),
    range,
  ]);
  return [basename(dirname(path)), Object.fromEntries(grouped) as Versions];
});

it.each(packages)(
  'the tests of %s run with the oldest and the newest version of each peer',
  (name, peers) => {
    const [oldest = {}, newest = {}, ...others] = runs
      .filter(([each]) => each === name)
      .map(([, versions]) => versions);
    const ranges = Object.entries(oldest).map(([peer, version]) => [peer, `^${version}`]);
    expect(Object.fromEntries(ranges)).toEqual(peers);
    expect(newest).toEqual(Object.fromEntries(Object.keys(peers).map((peer) => [peer, 'latest'])));
    expect(others).toEqual([]);
  },
);

it.each(packages)('the page for users has the ranges of %s', (name, peers) => {
  const page = read('packages/temporal-auth/docs/compatibility.md').replaceAll(/ +/g, ' ');
  for (const [peer, range] of Object.entries(peers))
    expect(page).toContain(`| \`@worker-auth/${name}\` | \`${peer}\` | ${range} |`);
});

it('each package of Temporal has one range in a package', () => {
  for (const path of globSync('packages/*/package.json', { cwd: workspace })) {
    const ranges = [...read(path).matchAll(/"@temporalio\/[\w-]+": "(\^[^"]+)"/g)].map(([, range]) => range);
    expect(new Set(ranges).size).toBeLessThanOrEqual(1);
  }
});
