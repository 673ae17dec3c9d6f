import { check, checkFails, checkSame, leavingCaller, rejection } from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
import { leavesUnhandled } from '../../unhandled-rejections.ts';
import { type RenewCase, type RenewFixture, renewPromises as promises } from './renew-under-test.ts';

const lifetimeMs = 600_000;
const retryAfterMs = 7_000;

/** What a `renew` does when there is no lease to be had, and when it is given up. */
export function failingCases(): readonly RenewCase[] {
  return [
    {
      name: 'rejects when the server refuses, although it gave a lease before, and shows no secret',
      promise: promises.rejects,
      body: async (fixture) => {
        await fixture.grant(lifetimeMs);
        await fixture.renew(new AbortController().signal);
        await fixture.failRequests();
        await checkRefused(fixture);
        await checkRefused(fixture);
        checkSame(fixture.requests(), 3, 'The number of requests of three renewals');
      },
    },
    {
      name: 'gives a lease again as soon as the server does',
      promise: promises.rejects,
      body: async (fixture) => {
        await fixture.grant(lifetimeMs);
        await fixture.failRequests();
        await checkRefused(fixture);
        await fixture.recoverRequests();
        await fixture.renew(new AbortController().signal);
      },
    },
    {
      name: 'rejects for a response that is no lease',
      promise: promises.rejects,
      needs: 'canAnswerMalformed',
      body: async (fixture) => {
        await fixture.answerMalformed();
        await checkRefused(fixture);
      },
    },
    {
      name: 'says for how long the server asks not to be called, in milliseconds',
      promise: promises.retryAfter,
      needs: 'canThrottle',
      body: async (fixture) => {
        await fixture.throttle(retryAfterMs);
        const error = await checkRefused(fixture);
        const { retryAfterMs: saidMs } = (error ?? {}) as { readonly retryAfterMs?: unknown };
        checkSame(saidMs, retryAfterMs, 'retryAfterMs of the error');
      },
    },
    {
      name: 'says no wait that the server did not ask for as anything but a number of milliseconds',
      promise: promises.retryAfter,
      body: async (fixture) => {
        await fixture.failRequests();
        const error = await checkRefused(fixture);
        const { retryAfterMs: saidMs } = (error ?? {}) as { readonly retryAfterMs?: unknown };
        const isDuration = typeof saidMs === 'number' && saidMs >= 0;
        check(
          saidMs === undefined || isDuration,
          'retryAfterMs must be a number of 0 or more, or be left out',
        );
      },
    },
    {
      name: 'rejects with no request when its signal was aborted before',
      promise: promises.signal,
      body: async (fixture) => {
        await fixture.grant(lifetimeMs);
        await rejection(fixture.renew(AbortSignal.abort()), 'A renewal that is over');
        await fixture.renew(new AbortController().signal);
        await afterTurns();
        checkSame(fixture.requests(), 1, 'The number of requests of the one renewal that was wanted');
      },
    },
    {
      name: 'ends when its signal aborts while the server is silent',
      promise: promises.signal,
      needs: 'canHold',
      body: async (fixture) => {
        await fixture.grant(lifetimeMs);
        const release = fixture.holdRequests();
        const { signal, leave } = leavingCaller();
        const ended = rejection(fixture.renew(signal), 'A renewal that was given up');
        await afterTurns();
        leave();
        await ended;
        release();
        await fixture.renew(new AbortController().signal);
      },
    },
    {
      name: 'leaves no rejection unhandled when it is given up and then fails',
      promise: promises.signal,
      body: async (fixture) => {
        await fixture.failRequests();
        const isUnhandled = await leavesUnhandled(
          () => true,
          async () => {
            const { signal, leave } = leavingCaller();
            const ended = fixture.renew(signal);
            leave();
            await ended.catch(() => undefined);
            // Asked later: when it has failed, the request that was given up has failed as well.
            await checkRefused(fixture);
            await afterTurns();
          },
        );
        check(!isUnhandled, 'The failed request was left as an unhandled rejection');
      },
    },
  ];
}

function checkRefused({ renew, secrets = [] }: RenewFixture): Promise<unknown> {
  return checkFails(renew(new AbortController().signal), 'A renewal without a lease to be had', secrets);
}
