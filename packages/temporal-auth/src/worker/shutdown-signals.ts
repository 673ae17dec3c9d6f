/** Who is told of a signal, by one listener of the process. */
interface Audience {
  readonly told: Set<() => void>;
  readonly tell: () => void;
}

/** A program may have many workers, and Node warns of more than ten listeners. */
const audiences = new Map<NodeJS.Signals, Audience>();

/**
 * Calls `listener` at the first of these signals of the process. Nothing listens after that, so a second one ends the process, as with
 * Temporal's Runtime.
 *
 * @returns ends it
 */
export function onceSignalled(signals: readonly NodeJS.Signals[], listener: () => void): () => void {
  const stop = (): void => {
    for (const signal of signals) leave(signal, told);
  };
  const told = (): void => {
    stop();
    listener();
  };
  for (const signal of signals) join(signal, told);
  return stop;
}

function join(signal: NodeJS.Signals, told: () => void): void {
  let audience = audiences.get(signal);
  if (audience === undefined) {
    const all = new Set<() => void>();
    const tell = (): void => {
      for (const one of [...all]) one();
    };
    audience = { told: all, tell };
    audiences.set(signal, audience);
    process.on(signal, tell);
  }
  audience.told.add(told);
}

function leave(signal: NodeJS.Signals, told: () => void): void {
  const audience = audiences.get(signal);
  if (audience?.told.delete(told) !== true || audience.told.size > 0) return;
  audiences.delete(signal);
  process.off(signal, audience.tell);
}
