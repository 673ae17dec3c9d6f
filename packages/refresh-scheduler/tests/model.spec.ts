import { worlds } from '@worker-auth/workspace/worlds';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import { FakeClock } from '@worker-auth/testing-fakes';
import { longestBackoffMs, ObservedScheduler } from './observed-scheduler.ts';
import { type Answer, TokenServer } from './token-server.ts';

/** What fast-check needs to know of a run to choose commands: the rest is in the invariants. */
interface Model {
  isStopped: boolean;
}

type Command = fc.AsyncCommand<Model, ObservedScheduler>;

function command(
  name: string,
  act: (real: ObservedScheduler, model: Model) => void | Promise<void>,
  isPossible: (model: Model) => boolean = () => true,
): Command {
  return {
    check: isPossible,
    toString: () => name,
    run: async (model, real) => {
      await act(real, model);
      // Whatever the command began settles before the invariants are looked at.
      await real.advance(0);
      real.check();
    },
  };
}

/** Durations of every order of magnitude up to `maxMs`. */
function duration(maxMs: number): fc.Arbitrary<number> {
  return fc.oneof(
    ...[10, 1_000, 60_000, 3_600_000]
      .filter((limit) => limit <= maxMs)
      .map((limit) => fc.integer({ min: 0, max: limit })),
  );
}

const answers: fc.Arbitrary<Answer> = fc.record(
  {
    latencyMs: fc.constantFrom(0, 1, 50, 1_000, 9_999, 10_000, 20_000, Infinity),
    lifetimeMs: fc.constantFrom(-1, 10_000, 60_000, 299_000, 300_000, 375_000, 3_600_000, 86_400_000),
    error: fc
      .record(
        { retryAfterMs: duration(3_600_000), retryInMs: duration(60_000), isThrottled: fc.boolean() },
        { requiredKeys: [] },
      )
      .map((hints) => Object.assign(new Error('503'), hints)),
  },
  { requiredKeys: ['lifetimeMs'] },
);

const advance = duration(3_600_000).map((ms) => command(`advance(${ms})`, (real) => real.advance(ms)));
const suspend = duration(3_600_000).map((ms) =>
  command(`suspend(${ms})`, (real) => {
    real.suspend(ms);
  }),
);
const stepWall = fc.tuple(duration(3_600_000), fc.constantFrom(1, -1)).map(([ms, sign]) =>
  command(`stepWall(${ms * sign})`, (real) => {
    real.stepWall(ms * sign);
  }),
);
const setAnswer = answers.map((answer) =>
  command(`setAnswer(${fc.stringify(answer)})`, (real) => {
    real.setAnswer(answer);
  }),
);
const refreshNow = fc.boolean().map((isLeaving) =>
  command(`refreshNow(${isLeaving ? 'and leave' : ''})`, (real) => {
    const controller = new AbortController();
    void real.scheduler.refreshNow({ signal: controller.signal });
    if (isLeaving) controller.abort();
  }),
);
const accept = duration(3_600_000).map((ms) =>
  command(`accept(${ms + 1})`, (real) => {
    real.accept(ms + 1);
  }),
);
const discard = fc.boolean().map((retryAtOnce) =>
  command(`discard(${retryAtOnce})`, (real) => {
    real.discard(retryAtOnce);
  }),
);
const refreshIfDue = fc.constant(
  command('refreshIfDue()', (real) => {
    real.scheduler.refreshIfDue();
  }),
);
const stop = fc.constant(
  command(
    'stop()',
    async (real, model) => {
      model.isStopped = true;
      await real.stop();
    },
    ({ isStopped }) => !isStopped,
  ),
);

/** Each as often as it stands here; little can be learned once a scheduler is stopped. */
const commands = [
  ...Array.from({ length: 16 }, () => advance),
  ...[suspend, stepWall, setAnswer, setAnswer, refreshNow, refreshNow, accept, discard, refreshIfDue].flatMap(
    (each) => [each, each],
  ),
  stop,
];

/** What chance says: few numbers, so that runs shrink well, with both ends among them. */
const draws = fc.array(fc.constantFrom(0, 0.25, 0.5, 0.75, 1), { minLength: 1, maxLength: 5 });

describe('whatever happens to a scheduler', () => {
  it('keeps its invariants, and heals when the server does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.commands(commands, { maxCommands: 60, size: 'max' }),
        draws,
        async (run, chance) => {
          const real = new ObservedScheduler(chance);
          const model: Model = { isStopped: false };
          await fc.asyncModelRun(() => ({ model, real }), run);
          const { requests } = real.server;
          real.setAnswer({ lifetimeMs: 3_600_000, latencyMs: 50 });
          await real.advance(longestBackoffMs + 10_000 + 50);
          real.check();
          if (model.isStopped) expect(real.server.requests).toBe(requests);
          else expect(real.scheduler.lease).toBeDefined();
          await real.stop();
          real.check();
        },
      ),
      worlds(40, 2_000),
    );
  });

  it('refreshes before the lease ends when an outage ends a second before that', async () => {
    const lifetimes = fc.integer({ min: 10_000, max: 7_200_000 });
    await fc.assert(
      fc.asyncProperty(
        lifetimes,
        draws,
        fc.integer({ min: 0, max: 500 }),
        async (lifetimeMs, chance, latencyMs) => {
          const clock = new FakeClock();
          const server = new TokenServer(clock, { lifetimeMs });
          let drawn = 0;
          const random = (): number => chance[drawn++ % chance.length] ?? 0;
          const scheduler = new RefreshScheduler({ refresh: server.refresh, clock, random });
          let lapses = 0;
          scheduler.on('leaseExpired', () => lapses++);
          scheduler.start();
          await clock.advance(0);
          server.answer = { error: new Error('503'), latencyMs };
          await clock.advance(Math.max(0, lifetimeMs - 1_000 - latencyMs));
          server.answer = { lifetimeMs };
          await clock.advance(1_000 + latencyMs);
          expect(lapses).toBe(0);
          await scheduler.stop();
        },
      ),
      { ...worlds(200, 2_000), examples: [[600_261, [0], 410]] },
    );
  });
});
