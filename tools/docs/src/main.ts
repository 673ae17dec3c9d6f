// `npm run docs`: builds the site into tools/docs/site. With `--external` it then asks other hosts
// for what the site leads to; with `--serve` it shows the site in a browser.
import { join, relative } from 'node:path';
import { serve } from 'vitepress';
import { buildSite } from './build-site.ts';
import { externalLinks, linkPlaces, siteFolder } from './check-links.ts';
import { readSite } from './site-links.ts';

const workspace = join(import.meta.dirname, '../../..');
const options = process.argv.slice(2);
const unknown = options.filter((option) => !['--external', '--serve'].includes(option));

if (unknown.length > 0) {
  console.error(`There is no option ${unknown.join(' ')}; there are --external and --serve`);
  process.exitCode = 2;
} else {
  await buildSite(workspace);
  console.log(join(relative(process.cwd(), siteFolder), 'index.html'));
  if (options.includes('--external')) await checkOtherHosts();
  if (options.includes('--serve')) await serve({ root: join(import.meta.dirname, '..') });
}

async function checkOtherHosts(): Promise<void> {
  const addresses = externalLinks(readSite(siteFolder), linkPlaces(workspace));
  const faults = (await Promise.all(addresses.map(faultOf))).flat();
  console.log(addresses.join('\n'));
  console.log(`\n${addresses.length - faults.length} of ${addresses.length} answer`);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}

/** What came instead of a good answer. */
async function faultOf(address: string): Promise<readonly string[]> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(20_000) });
    await response.body?.cancel();
    return response.ok ? [] : [`${address}: answered with ${response.status}`];
  } catch (error) {
    const { message, cause } = error as Error;
    return [`${address}: ${cause instanceof Error ? cause.message : message}`];
  }
}
