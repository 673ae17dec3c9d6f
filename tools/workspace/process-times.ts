import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from './quantile.ts';

const runs = 21;

/**
 * Milliseconds that each program takes in a new process, from its first statement to its last: the median of 21 runs.
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
  const samples = await processSamples(programs, folder, { before });
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

/**
 * The same, each run of each program. The programs take turns, so that other load on the machine hits all alike.
 *
 * @param options `rounds` is how often each runs, default 21; `after` is what each has behind its last statement
 */
export async function processSamples(
  programs: Readonly<Record<string, string>>,
  folder: string,
  {
    rounds = runs,
    before = '',
    after = '',
  }: { readonly rounds?: number; readonly before?: string; readonly after?: string } = {},
): Promise<ReadonlyMap<string, readonly number[]>> {
  const samples = new Map<string, number[]>(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, values] of samples) {
      values.push(
        await timeOnce(`${before}
        const start = performance.now();
        ${programs[name] ?? ''}
        process.stdout.write('\\n' + (performance.now() - start));
        ${after}
        process.exit();`),
      );
    }
  }
  return samples;

  async function timeOnce(program: string): Promise<number> {
    const args = ['--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    // What the program itself prints stands before.
    return Number(stdout.split('\n').at(-1));
  }
}
