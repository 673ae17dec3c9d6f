import { describe, expect, it } from 'vitest';
import { SingleFlight } from '../src/single-flight.ts';

interface Run {
  readonly signal: AbortSignal;
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
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
    new Promise((resolve, reject) => runs.push({ signal, resolve, reject }));
  const join = (signal?: AbortSignal): Promise<string> => flight.join(task, signal);
  return { flight, runs, join };
}

describe('who asks while a run is under way', () => {
  it('shares it', async () => {
    const { runs, join } = held();
    const both = Promise.all([join(), join()]);
    runs[0]?.resolve('value');
    expect(await both).toEqual(['value', 'value']);
    expect(runs).toHaveLength(1);
  });

  it('from inside the task shares it too', async () => {
    const flight = new SingleFlight<string>();
    let inner: Promise<string> | undefined;
    const another = (): Promise<string> => Promise.resolve('of another run');
    const outer = flight.join(() => {
      inner = flight.join(another, undefined);
      return Promise.resolve('value');
    }, undefined);
    expect([await outer, await inner]).toEqual(['value', 'value']);
  });

  it('shares its failure, and the next one starts a run of its own', async () => {
    const { runs, join } = held();
    const both = [rejection(join()), rejection(join())];
    const reason = new Error('down');
    runs[0]?.reject(reason);
    expect(await Promise.all(both)).toEqual([reason, reason]);
    const next = join();
    runs[1]?.resolve('value');
    expect(await next).toBe('value');
  });
});

describe('a caller that leaves', () => {
  it('before it asked starts nothing', async () => {
    const { flight, runs, join } = held();
    const reason = new Error('left');
    expect(await rejection(join(AbortSignal.abort(reason)))).toBe(reason);
    expect(runs).toEqual([]);
    expect(flight.isRunning).toBe(false);
  });

  it('leaves alone: the others get what the run gives', async () => {
    const { runs, join } = held();
    const leaving = new AbortController();
    const left = rejection(join(leaving.signal));
    const staying = join();
    leaving.abort(new Error('left'));
    expect(await left).toEqual(new Error('left'));
    expect(runs[0]?.signal.aborted).toBe(false);
    runs[0]?.resolve('value');
    expect(await staying).toBe('value');
  });

  it('as the last one ends the run, with an AbortError', async () => {
    const { flight, runs, join } = held();
    const leaving = new AbortController();
    const left = rejection(join(leaving.signal));
    leaving.abort(new Error('left'));
    await left;
    expect(runs[0]?.signal.reason).toMatchObject({
      name: 'AbortError',
      message: expect.stringContaining('Nobody waits') as string,
    });
    expect(flight.isRunning).toBe(false);
  });
});

describe('after forget', () => {
  it('the next caller starts a run of its own, and the earlier one still gets the old', async () => {
    const { flight, runs, join } = held();
    const before = join();
    flight.forget();
    const after = join();
    runs[1]?.resolve('new');
    runs[0]?.resolve('old');
    expect([await before, await after]).toEqual(['old', 'new']);
  });

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

describe('isRunning', () => {
  it.each<[string, (run: Run | undefined) => void]>([
    ['gave something', (run) => run?.resolve('value')],
    ['failed', (run) => run?.reject(new Error('down'))],
  ])('is true until the run %s', async (_what, end) => {
    const { flight, runs, join } = held();
    expect(flight.isRunning).toBe(false);
    const read = join().catch(() => undefined);
    expect(flight.isRunning).toBe(true);
    end(runs[0]);
    await read;
    expect(flight.isRunning).toBe(false);
  });
});
