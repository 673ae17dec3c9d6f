// `node tools/workspace/pin-peers.ts '@temporalio/*@1.20.3' jose@latest`: changes every package.json and package-lock.json, so that
// `npm install --force` brings these versions. See docs/contributing/peers.md.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinned, unlocked, versionsOf } from './peer-versions.ts';
import type { Manifest } from './published-manifest.ts';

const workspace = join(import.meta.dirname, '../..');
const versions = Object.fromEntries(
  Object.entries(versionsOf(process.argv.slice(2))).map(([name, version]) => [
    name,
    version === 'latest' ? newestOf(name.replace('*', 'client')) : version,
  ]),
);
console.log(versions);
for (const path of globSync(['package.json', '{packages,tools}/*/package.json', 'e2e/package.json'], {
  cwd: workspace,
}))
  change(path, (manifest) => pinned(manifest, versions));
change('package-lock.json', (lock) => unlocked(lock, versions));

function newestOf(name: string): string {
  return execFileSync('npm', ['view', name, 'version'], { encoding: 'utf8' }).trim();
}

function change(path: string, changed: (content: Manifest) => Manifest): void {
  const file = join(workspace, path);
  const content = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  writeFileSync(file, `${JSON.stringify(changed(content), undefined, 2)}\n`);
}
