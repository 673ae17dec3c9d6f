import { describe, expect, it } from 'vitest';
import type { StackDay } from '../src/bad-days/stack-ground.ts';
import { type Figures, figuresOf, refusedText, type WorkerRecord } from '../src/bad-days/figures.ts';

const day: StackDay = {
  ...{ name: 'a-day', title: 'a day', lifetimeSeconds: 20 },
  withinSeconds: 5,
  happen: () => Promise.resolve(),
};
/** The cause lasts from 10 s to 20 s. */
const cause = { beganAtMs: 10_000, endedAtMs: 20_000 };

interface Run {
  readonly startedAtMs: number;
  readonly activityAtMs: readonly number[];
  readonly completedAtMs?: number;
}

function figures(
  runs: readonly Run[],
  { changes, worker }: { changes?: Partial<StackDay>; worker?: Partial<WorkerRecord> } = {},
): Figures {
  const record: WorkerRecord = {
    ...{ kind: 'autoscaling', taskQueue: 'queue', state: 'RUNNING', tokensAtMs: [] },
    activities: new Map(runs.map(({ activityAtMs }, item) => [`w-${item}`, activityAtMs])),
    saidAtMs: () => undefined,
    ...worker,
  };
  return figuresOf({ ...day, ...changes }, cause, record, {
    startedAtMs: new Map(runs.map(({ startedAtMs }, item) => [`w-${item}`, startedAtMs])),
    completedAtMs: new Map(
      runs.flatMap(({ completedAtMs }, item) =>
        completedAtMs === undefined ? [] : [[`w-${item}`, completedAtMs] as const],
      ),
    ),
  });
}

const during = { startedAtMs: 15_000, activityAtMs: [15_100], completedAtMs: 20_500 };
const slow = { startedAtMs: 20_900, activityAtMs: [21_000], completedAtMs: 24_000 };
const quick = { startedAtMs: 21_900, activityAtMs: [22_000], completedAtMs: 22_300 };

describe('how soon a worker is back', () => {
  it('is told by the first complete workflow whose activity began after the cause', () => {
    expect(figures([during, quick, slow]).backAfterSeconds).toBe(2.3);
  });

  it('is not told by an activity that began before its end', () => {
    expect(figures([during]).backAfterSeconds).toBeUndefined();
  });

  it('is not told by a workflow that is not complete', () => {
    expect(figures([{ startedAtMs: 20_900, activityAtMs: [21_000] }]).backAfterSeconds).toBeUndefined();
  });

  it('is counted from the first refused call where the day says so, if there was one', () => {
    const changes = { countsFrom: 'refused call' } as const;
    const saidAtMs = (text: string): number | undefined => (text === refusedText ? 20_800 : undefined);
    expect(figures([slow, quick], { changes, worker: { saidAtMs } }).backAfterSeconds).toBe(1.5);
    expect(figures([slow, quick], { changes }).backAfterSeconds).toBe(2.3);
    const resultFirst = { saidAtMs: (text: string) => (text === refusedText ? 21_000 : 20_800) };
    expect(figures([slow, quick], { changes, worker: resultFirst }).backAfterSeconds).toBe(1.5);
  });

  it('waits for a new token where the day says so', () => {
    const changes = { needsToken: true };
    expect(figures([quick, slow], { changes }).backAfterSeconds).toBeUndefined();
    const late = { changes, worker: { tokensAtMs: [9_000, 21_500] } };
    expect(figures([slow], late).backAfterSeconds).toBeUndefined();
    expect(figures([slow, quick], late).backAfterSeconds).toBe(2.3);
    const early = { changes, worker: { tokensAtMs: [9_000, 19_900] } };
    const between = { startedAtMs: 19_800, activityAtMs: [19_950], completedAtMs: 20_500 };
    expect(figures([between, slow], early).backAfterSeconds).toBe(4);
  });
});

it('counts workflows, those whose activity ran more than once, and the longest', () => {
  const twice = { startedAtMs: 14_000, activityAtMs: [14_100, 30_000], completedAtMs: 31_000 };
  const open = { startedAtMs: 21_000, activityAtMs: [21_100] };
  expect(figures([during, twice, open])).toMatchObject({
    ...{ started: 3, completed: 2, twice: 1, activities: 4, longestSeconds: 17, state: 'RUNNING' },
  });
});
