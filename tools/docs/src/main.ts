// `npm run docs`: builds the site into tools/docs/site. With `--external` it then asks other hosts for what the site leads to.
import { join, relative } from 'node:path';
import { buildSite, repositoryAddress, siteFolder } from './build-site.ts';
import { externalLinks } from './check-links.ts';
import { unreachable } from './external-links.ts';
import { readSite } from './site-links.ts';

const workspace = join(import.meta.dirname, '../../..');
const options = process.argv.slice(2);
const unknown = options.filter((option) => option !== '--external');

if (unknown.length > 0) {
  console.error(`There is no option ${unknown.join(' ')}; there is --external`);
  process.exitCode = 2;
} else {
  await buildSite(workspace);
  console.log(join(relative(process.cwd(), siteFolder), 'index.html'));
  if (options.includes('--external')) await checkOtherHosts();
}

async function checkOtherHosts(): Promise<void> {
  const places = { site: siteFolder, workspace, address: repositoryAddress(workspace) };
  const addresses = externalLinks(readSite(siteFolder), places);
  const faults = await unreachable(addresses);
  console.log(addresses.join('\n'));
  console.log(`\n${addresses.length - faults.length} of ${addresses.length} answer`);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
