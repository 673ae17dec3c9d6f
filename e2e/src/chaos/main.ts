// `nx chaos e2e`: faults at random for an hour, or as long as `--minutes` says; writes what happened into docs/measurements/bad-days.md.
// When something went wrong, the logs of the workers and the histories of what strayed are kept in a folder.
import { measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { picture } from './picture.ts';
import { complaints, summary, table } from './report.ts';
import { type ChaosRun, runChaos } from './run-chaos.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1_000)) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) {
  throw new RangeError('--minutes takes a number above 0, --seed a whole number');
}
const page = measurementsPage('bad-days');

console.log(`Chaos for ${minutes} minutes, seed ${seed}`);
const run = await runChaos({
  minutes,
  seed,
  tell: (line) => {
    console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
  },
});
const report = [
  `Seed ${seed}, ${minutes} minutes, Node ${process.versions.node}, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}.`,
  '',
  ...summary(run),
  '',
  '![When each fault lasted, and the workflows that each worker completed](chaos.svg)',
  '',
  ...table(run),
].join('\n');
console.log(report);
await writeSection(page, 'chaos', report);
await writeFile(join(dirname(page), 'chaos.svg'), picture(run));
const wrong = complaints(run);
for (const line of wrong) console.log(line);
if (wrong.length > 0) console.log(`The logs and histories are in ${await keep(run)}`);
process.exitCode = wrong.length === 0 ? 0 : 1;

async function keep({ happenings, records }: ChaosRun): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-chaos-'));
  await writeFile(join(folder, 'happenings.json'), JSON.stringify(happenings, undefined, 2));
  for (const { kind, log, strays } of records) {
    const lines = log.map(
      ({ atMs, level, message }) => `${new Date(atMs).toISOString()} ${level} ${message}`,
    );
    await writeFile(join(folder, `${kind}.log`), lines.join('\n'));
    for (const [id, history] of strays) await writeFile(join(folder, `${id}.json`), history);
  }
  return folder;
}
