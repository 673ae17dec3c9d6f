import { inSeconds, type WorldFigures } from './figures.ts';

/** By then a fault, or its end, shows in the health. */
const noticedMs = 20_000;

/** Health and log say what is true. */
export function health(figures: WorldFigures): string | undefined {
  const { world, bornMs, zeroMs, terminatedMs, ours } = figures;
  if (ours.rejections.length === 0) {
    const untrue = ours.log.find(({ message }) => /Temporal (?:rejects|rejects) the/.test(message));
    if (untrue !== undefined) return `nothing was rejected, and the log says: ${untrue.message}`;
  }
  for (const { rejectsEveryToken, fromSeconds = 0, forSeconds = Infinity, frontends = [0] } of world.faults) {
    if (rejectsEveryToken !== true || frontends.length < (world.frontends ?? 1)) continue;
    const [fromMs, toMs] = [
      zeroMs + fromSeconds * 1_000 + noticedMs,
      zeroMs + (fromSeconds + forSeconds) * 1_000,
    ];
    const isUnnoticed = ours.health.some(
      ({ temporal, atMs }) => temporal === 'good' && atMs > fromMs && atMs < toMs,
    );
    if (isUnnoticed) return `every token is rejected for ${inSeconds(noticedMs)}, and health says good`;
  }
  // What a worker does not need says nothing of its health.
  const rejected = ours.rejections.findLast(({ method }) => /^(?:Poll|Respond)/.test(method));
  const isWell =
    ours.completed === world.work.length && terminatedMs - (rejected?.atMs ?? bornMs) > noticedMs;
  const last = ours.health.findLast(({ atMs }) => atMs <= terminatedMs);
  return ours.wasRunning && isWell && last !== undefined && last.temporal !== 'good'
    ? `all is well, and health says ${last.temporal}`
    : undefined;
}
