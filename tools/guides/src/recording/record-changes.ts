import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { machines } from '../machines.ts';
import { countChanges, type ToldChange } from '../told-changes.ts';

const workspace = join(import.meta.dirname, '../../../..');
const vitest = join(fileURLToPath(import.meta.resolve('vitest/package.json')), '../vitest.mjs');

/**
 * Runs the tests of each machine, and tells every change of state that happened in them.
 *
 * @throws Error when a test fails, and when a statement that may change a state was never run: the picture would lack something
 */
export async function recordChanges(): Promise<readonly ToldChange[]> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-changes-'));
  const file = join(folder, 'changes.jsonl');
  try {
    await writeFile(file, '');
    for (const directory of new Set(machines.map((machine) => machine.package))) await run(directory, file);
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    const changes = lines.map((line) => JSON.parse(line) as ToldChange);
    await checkAllRun(changes);
    return changes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(directory: string, file: string): Promise<void> {
  const specs = machines.filter((machine) => machine.package === directory).flatMap(({ specs }) => specs);
  const config = join(import.meta.dirname, '../../recording.config.ts');
  const args = [vitest, 'run', '--config', config, '--reporter', 'dot', ...specs];
  const env = { ...process.env, TOLD_CHANGES: file };
  await promisify(execFile)(process.execPath, args, { cwd: join(workspace, directory), env });
}

async function checkAllRun(changes: readonly ToldChange[]): Promise<void> {
  for (const machine of machines) {
    const source = await readFile(join(workspace, machine.package, machine.file), 'utf8');
    const run = new Set(
      changes.filter((change) => change.machine === machine.name).map(({ statement }) => statement),
    );
    const missing = Array.from({ length: countChanges(source, machine) }, (_, index) => index).filter(
      (index) => !run.has(index),
    );
    if (missing.length > 0)
      throw new Error(`The tests of ${machine.name} never run its changes ${missing.join(', ')}`);
  }
}
