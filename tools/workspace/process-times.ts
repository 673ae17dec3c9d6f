import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from './quantile.ts';

const runs = 21;

/**
 * Milliseconds that each program takes in a new process, from its first statement to its last: the median of 21 runs. The programs take turns, so
 * that other load on the machine hits all alike.
 *
 * @param programs ES modules, by any name
 * @param folder from which they import
 * @param before what each has before its first statement
 */
export async function processTimes(
  programs: Readonly<Record<string, string>>,
  folder: string,
  before = '',
): Promise<ReadonlyMap<string, number>> {
  const samples = new Map<string, number[]>(Object.keys(programs).map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, values] of samples) {
      const program = `${before}
        const start = performance.now();
        ${programs[name] ?? ''}
        process.stdout.write('\\n' + (performance.now() - start));
        process.exit();`;
      const args = ['--input-type=module', '--eval', program];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
      // What the program itself prints stands before.
      values.push(Number(stdout.split('\n').at(-1)));
    }
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}
