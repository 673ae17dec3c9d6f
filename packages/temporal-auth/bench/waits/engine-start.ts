import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import { repeatStart } from '../../src/connection/start-repetition.ts';
import { ConnectivityError, TemporalAuthErrorCode } from '@worker-auth/calls/errors/temporal-auth-error';
import { Course } from './course.ts';
import type { World } from './world.ts';

/** A start of the engine that repeats until it has reached Temporal, which counts as the token of its course. */
export async function engineStart(world: World, seed: number): Promise<Course> {
  const clock = new FakeClock();
  const startMs = clock.monotonicNow();
  const course = new Course();
  const attempt = (): Promise<void> => {
    const atMs = clock.monotonicNow() - startMs;
    course.requestedAtMs.push(atMs);
    const { code, status } = world.answer({ atMs, connectedAtMs: atMs });
    if (code === undefined && status === undefined) return Promise.resolve();
    const details = { code: TemporalAuthErrorCode.temporalUnavailable, retryable: true };
    return Promise.reject(new ConnectivityError('Temporal was not reached', details));
  };
  const logger = new RecordingLogger();
  const started = repeatStart(attempt, {
    clock,
    logger,
    random: seededRandom(-seed),
    conditions: new Conditions(clock, logger),
    bootTimeoutMs: 2 * world.endMs,
    newTokenTimeoutMs: 0,
    scope: { address: 'temporal.example:7233' },
    signal: new AbortController().signal,
    waitedFor: () => undefined,
    tooLate: () => new Error('The start took too long'),
    isUntried: () => false,
  }).then(() => {
    course.give(clock.monotonicNow() - startMs, Infinity);
  });
  await clock.advance(world.endMs);
  await started;
  return course;
}
