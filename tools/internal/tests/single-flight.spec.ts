import { describe, expect, it } from 'vitest';
import { SingleFlight } from '../src/single-flight.ts';

interface Run {
  readonly signal: AbortSignal;
  readonly resolve: (value: string) => void;
}

/** What a promise rejects with. */
function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('resolved'),
    (error: unknown) => error,
  );
}

/** A flight whose runs end when the test says so. */
function held() {
  const flight = new SingleFlight<string>();
  const runs: Run[] = [];
  const task = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve) => runs.push({ signal, resolve }));
  const join = (signal?: AbortSignal): Promise<string> => flight.join(task, signal);
  return { flight, runs, join };
}

describe('a caller that leaves', () => {
  it('before it asked starts nothing', async () => {
    const { flight, runs, join } = held();
    const reason = new Error('left');
    expect(await rejection(join(AbortSignal.abort(reason)))).toBe(reason);
    expect(runs).toEqual([]);
    expect(flight.isRunning).toBe(false);
  });
});

describe('after forget', () => {
  it('the end of the old run does not hide the new one', async () => {
    const { flight, runs, join } = held();
    const before = join();
    flight.forget();
    const after = [join()];
    runs[0]?.resolve('old');
    await before;
    after.push(join());
    expect(flight.isRunning).toBe(true);
    runs[1]?.resolve('new');
    expect(await Promise.all(after)).toEqual(['new', 'new']);
  });

  it('who leaves the old run does not hide the new one', async () => {
    const { flight, runs, join } = held();
    const leaving = new AbortController();
    const before = rejection(join(leaving.signal));
    flight.forget();
    const after = [join()];
    leaving.abort(new Error('left'));
    await before;
    after.push(join());
    expect(runs[1]?.signal.aborted).toBe(false);
    runs[1]?.resolve('new');
    expect(await Promise.all(after)).toEqual(['new', 'new']);
    expect(runs).toHaveLength(2);
  });
});
