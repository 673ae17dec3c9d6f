// `npm run repository -- https://github.com/owner/name`: writes into each published package where its sources are, into its alerts where the
// runbook is, and into the templates for issues and the code owners.
import { glob, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Manifest } from './published-manifest.ts';
import { addressOf, movedLinks, movedOwners, repositoryFields } from './repository.ts';

const workspace = join(import.meta.dirname, '../..');
const [address = ''] = process.argv.slice(2);
let before = address;

for await (const path of glob('packages/*/package.json', { cwd: workspace })) {
  const file = join(workspace, path);
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  before = addressOf(manifest);
  const fields = { ...manifest, ...repositoryFields(address, dirname(path)) };
  await writeFile(file, `${JSON.stringify(fields, undefined, 2)}\n`);
  console.log(path);
  for await (const alerts of glob(`${dirname(path)}/monitoring/*.yaml`, { cwd: workspace })) {
    await change(alerts, (text) => movedLinks(text, before, address));
  }
}
for await (const template of glob('.github/ISSUE_TEMPLATE/*.yml', { cwd: workspace })) {
  await change(template, (text) => movedLinks(text, before, address));
}
await change('.github/CODEOWNERS', (text) => movedOwners(text, before, address));

async function change(path: string, changed: (text: string) => string): Promise<void> {
  const file = join(workspace, path);
  await writeFile(file, changed(await readFile(file, 'utf8')));
  console.log(path);
}
