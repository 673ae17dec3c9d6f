import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawMachines, drawTokens } from './pictures.ts';

const folder = join(import.meta.dirname, '../../docs/guides/pictures');
const { write } = parseArgs({ options: { write: { type: 'boolean', default: false } } }).values;

for (const [name, picture] of Object.entries({ ...(await drawTokens()), ...(await drawMachines()) })) {
  const file = join(folder, name);
  if (write) await writeFile(file, picture);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== picture) {
    process.stderr.write(`${name} is not what the code gives now: run it with --write\n`);
    process.exitCode = 1;
  }
}
