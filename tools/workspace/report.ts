// `nx run <package>:report`: what is published, as it stands in the package's folder `published/`; with `--write` it is written anew.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { publishedReport } from './published-report.ts';

const folder = join(process.cwd(), 'published');
const report = await publishedReport(join(process.cwd(), 'publish'));

if (process.argv.includes('--write')) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const [name, text] of report) await writeFile(join(folder, name), text);
} else {
  const names = new Set([...report.keys(), ...(await readdir(folder).catch(() => []))]);
  const changed: string[] = [];
  for (const name of names) {
    const before = await readFile(join(folder, name), 'utf8').catch(() => '');
    const after = report.get(name) ?? '';
    if (before !== after) changed.push(`published/${name}: ${firstChange(before, after)}`);
  }
  if (changed.length > 0) {
    console.error(`What is published has changed:\n${changed.join('\n')}`);
    console.error(`If that is meant: npx nx run ${basename(process.cwd())}:report -- --write`);
    process.exitCode = 1;
  }
}

function firstChange(before: string, after: string): string {
  const [was, is] = [before.split('\n'), after.split('\n')];
  const at = is.findIndex((line, index) => line !== was[index]);
  const line = at === -1 ? is.length : at;
  return `line ${line + 1} was ${JSON.stringify(was[line])} and is ${JSON.stringify(is[line])}`;
}
