import { check } from '../checks.ts';
import { type ClockCase, clockPromises as promises } from './clock-under-test.ts';

const stepMs = 20;
/** A timer or a sleep of the host may take a millisecond less by another of its clocks. */
const roundingMs = 2;
/** Far more than any pause of a busy host, far less than a step in a wrong unit would seem. */
const maxPauseMs = 3_000;
const wallStepMs = 3_600_000;
const minWallMs = Date.UTC(2000, 0, 1);
const maxWallMs = Date.UTC(2200, 0, 1);

/** What the two readings of a clock are. */
export function readingCases(): readonly ClockCase[] {
  return [
    {
      name: 'reads finite numbers',
      promise: promises.monotonic,
      body: ({ clock }) => {
        check(Number.isFinite(clock.monotonicNow()), 'monotonicNow must be a finite number');
        check(Number.isFinite(clock.wallNow()), 'wallNow must be a finite number');
        return Promise.resolve();
      },
    },
    {
      name: 'reads a monotonic clock that never goes back, and goes on in milliseconds',
      promise: promises.monotonic,
      body: async (fixture) => {
        const { clock } = fixture;
        let last = clock.monotonicNow();
        const first = last;
        for (let reading = 0; reading < 100; reading++) {
          const next = clock.monotonicNow();
          check(next >= last, `monotonicNow went back by ${last - next}`);
          last = next;
        }
        await fixture.pass(stepMs);
        const elapsed = clock.monotonicNow() - first;
        check(
          elapsed >= stepMs - roundingMs,
          `monotonicNow went on by ${elapsed}, for at least ${stepMs} ms`,
        );
        check(elapsed <= maxPauseMs, `monotonicNow went on by ${elapsed}, for about ${stepMs} ms`);
      },
    },
    {
      name: 'reads a wall clock in milliseconds since the epoch, which goes on',
      promise: promises.wall,
      body: async (fixture) => {
        const { clock } = fixture;
        const first = clock.wallNow();
        check(first >= minWallMs && first <= maxWallMs, `wallNow is ${first}, of no time near ours`);
        await fixture.pass(stepMs);
        const elapsed = clock.wallNow() - first;
        check(elapsed >= stepMs - roundingMs, `wallNow went on by ${elapsed}, for at least ${stepMs} ms`);
        check(elapsed <= maxPauseMs, `wallNow went on by ${elapsed}, for about ${stepMs} ms`);
      },
    },
    {
      name: "does not read its monotonic clock off the host's date",
      promise: promises.steps,
      body: ({ clock }) => {
        const before = clock.monotonicNow();
        const after = withSteppedDate(-wallStepMs, () => clock.monotonicNow());
        check(after >= before, 'monotonicNow went back with the date of the host');
        return Promise.resolve();
      },
    },
    {
      name: 'keeps its monotonic clock and its timers out of a step of the wall clock',
      promise: promises.steps,
      needs: 'canStepWall',
      body: async (fixture) => {
        const { clock } = fixture;
        let fired = 0;
        const timer = clock.startTimer(() => fired++, wallStepMs);
        const monotonicMs = clock.monotonicNow();
        const wallMs = clock.wallNow();
        await fixture.stepWall(wallStepMs);
        const moved = clock.monotonicNow() - monotonicMs;
        check(moved <= maxPauseMs, `monotonicNow moved by ${moved} with the wall clock`);
        const stepped = clock.wallNow() - wallMs;
        check(stepped >= wallStepMs - roundingMs, `wallNow moved by ${stepped} for a step of ${wallStepMs}`);
        await fixture.pass(1);
        timer.cancel();
        check(fired === 0, 'A timer fired by a step of the wall clock');
      },
    },
  ];
}

/** Reads while the date of the host is another one, and puts it back before anything else can run. */
function withSteppedDate<T>(stepMs: number, read: () => T): T {
  const HostDate = Date;
  const { now } = HostDate;
  const steppedNow = (): number => Reflect.apply(now, HostDate, []) + stepMs;
  globalThis.Date = new Proxy(HostDate, {
    construct: (target, given: unknown[], made) =>
      Reflect.construct(target, given.length === 0 ? [steppedNow()] : given, made) as object,
  });
  HostDate.now = steppedNow;
  try {
    return read();
  } finally {
    HostDate.now = now;
    globalThis.Date = HostDate;
  }
}
