// `npm run repository -- https://github.com/owner/name`: writes into each published package where its sources are, and into its alerts where the
// runbook is.
import { glob, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Manifest } from './published-manifest.ts';
import { addressOf, movedLinks, repositoryFields } from './repository.ts';

const workspace = join(import.meta.dirname, '../..');
const [address = ''] = process.argv.slice(2);

for await (const path of glob('packages/*/package.json', { cwd: workspace })) {
  const file = join(workspace, path);
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  const fields = { ...manifest, ...repositoryFields(address, dirname(path)) };
  await writeFile(file, `${JSON.stringify(fields, undefined, 2)}\n`);
  console.log(path);
  for await (const alerts of glob(`${dirname(path)}/monitoring/*.yaml`, { cwd: workspace })) {
    const text = await readFile(join(workspace, alerts), 'utf8');
    await writeFile(join(workspace, alerts), movedLinks(text, addressOf(manifest), address));
    console.log(alerts);
  }
}
