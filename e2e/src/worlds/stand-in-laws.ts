import { inSeconds, type LaneFigures, type WorldFigures } from './figures.ts';

/** How much later ours may be than plain. A workflow task that nobody took is given out again after 10 s. */
const [lastsMs, waitsMs] = [7_000, 5_000];
const answeredShare = 0.9;

/** What an activity handed over and changed afterwards is seen as it was. */
export function keeps({ ours }: WorldFigures): string | undefined {
  return ours.handedOver.find((text) => text.includes('"YES"'));
}

/** Good activities go on beside results that are never accepted. */
export function lasts({ world, ours, plain }: WorldFigures): string | undefined {
  if (world.isTimely !== true) return undefined;
  const late = [...plain.doneAtMs].filter(
    ([item, atMs]) =>
      world.work[Number(item)]?.kind === 'short' && (ours.doneAtMs.get(item) ?? Infinity) > atMs + lastsMs,
  );
  return late.length === 0
    ? undefined
    : `${late.length} more than ${inSeconds(lastsMs)} after those of plain`;
}

/** Work that begins after a fault, or in it, is done soon. */
export function soon({ world, zeroMs, ours }: WorldFigures): string | undefined {
  const { withinSeconds = Infinity, work } = world;
  const late = work.filter(
    ({ atSeconds }, item) =>
      (ours.doneAtMs.get(String(item)) ?? Infinity) > zeroMs + (atSeconds + withinSeconds) * 1_000,
  );
  return withinSeconds < Infinity && late.length > 0
    ? `${late.length} later than ${withinSeconds} s`
    : undefined;
}

/** A call that ends at its own deadline says nothing of Temporal. */
export function answers({ world, ours, plain }: WorldFigures): string | undefined {
  if (world.beside !== 'deadlines') return undefined;
  const [mine, others] = [ours, plain].map(({ called }) => called.filter(Boolean).length / called.length);
  if (mine !== undefined && others !== undefined && !(mine >= answeredShare * others))
    return `answered: plain ${others.toFixed(2)}, ours ${mine.toFixed(2)}`;
  const first = ours.health.findIndex(({ temporal }) => temporal === 'good');
  const other = ours.health.slice(first).find(({ temporal }) => temporal !== 'good');
  return other === undefined ? undefined : `health says ${other.temporal}`;
}

/** A client that waits for results has them. */
export function waits({ world, ours, plain }: WorldFigures): string | undefined {
  if (world.beside !== 'waiting') return undefined;
  const [mine = 0, others = 0] = [ours, plain].map(latest);
  return mine > others + waitsMs ? `plain ${inSeconds(others)}, ours ${inSeconds(mine)}` : undefined;
}

/** How long after its workflow's end the latest result was there. */
function latest({ doneAtMs, awaitedAtMs }: LaneFigures): number {
  return Math.max(0, ...[...doneAtMs].map(([item, atMs]) => (awaitedAtMs.get(item) ?? Infinity) - atMs));
}
