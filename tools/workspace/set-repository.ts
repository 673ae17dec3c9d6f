// `npm run repository -- https://github.com/owner/name`: writes into each published package where its sources are.
import { glob, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Manifest } from './published-manifest.ts';
import { repositoryFields } from './repository.ts';

const workspace = join(import.meta.dirname, '../..');
const [address = ''] = process.argv.slice(2);

for await (const path of glob('packages/*/package.json', { cwd: workspace })) {
  const file = join(workspace, path);
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  const fields = { ...manifest, ...repositoryFields(address, dirname(path)) };
  await writeFile(file, `${JSON.stringify(fields, undefined, 2)}\n`);
  console.log(path);
}
