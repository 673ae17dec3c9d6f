import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../worlds/random.ts';
import type { FaultBoard } from './fault-board.ts';

/** Between the recovery from one fault and the next one, in seconds. */
const pause = { least: 2, most: 6 };

/**
 * Injects random faults until `until` aborts, each time after the worker is back from the fault before. None is repeated before each has
 * been injected.
 *
 * @param random decides about the order and the pauses
 * @throws what a fault throws that could not begin or end
 */
export async function pressAtRandom(
  board: Pick<FaultBoard, 'states' | 'press'>,
  random: Random,
  until: AbortSignal,
): Promise<void> {
  const names = board.states.filter(({ state }) => state !== 'never').map(({ name }) => name);
  const over = until.aborted ? Promise.resolve() : once(until, 'abort');
  let left: readonly string[] = [];
  while (names.length > 0) {
    const pauseMs = random.between(pause.least, pause.most) * 1_000;
    await sleep(pauseMs, undefined, { signal: until }).catch(() => undefined);
    if (until.aborted) return;
    if (left.length === 0) left = names;
    const next = random.pick(left);
    left = left.filter((name) => name !== next);
    await Promise.race([board.press(next), over]);
  }
}
