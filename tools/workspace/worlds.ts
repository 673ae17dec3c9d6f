import { randomInt } from 'node:crypto';
import { writeSync } from 'node:fs';

/**
 * How many worlds a model test is run in, and which: others in each run. What it prints has the same ones again, as an environment variable.
 *
 * @param gate how many each change must pass
 * @param soak how many with `TEST_RING=soak`
 */
export function worlds(gate: number, soak: number): { readonly numRuns: number; readonly seed: number } {
  const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));
  writeSync(1, `TEST_SEED=${seed}\n`);
  return { numRuns: process.env['TEST_RING'] === 'soak' ? soak : gate, seed };
}
