import { check, checkFails, checkLeaves, checkSame, rejection } from './checks.ts';
import { checkHandlesRejections } from './left-behind.ts';
import {
  askTogether,
  tokenSourceCases as cases,
  tokenSourcePromises as promises,
} from './token-source-under-test.ts';

/** More failures than a breaker of circuits bears. */
const maxFailures = 12;

/** What a source does while its endpoint rejects every request. */
export const failureCases = [
  ...cases(promises.failing, {
    'rejects for all who wait when the request fails, without a storm of requests': async (
      { source, requests, failRequests },
      quiet,
    ) => {
      await failRequests();
      check((await askTogether(source)) === undefined, 'Every caller must get the error');
      await quiet();
      const first = requests();
      check(first <= 2, `${first} requests for the callers of one round: give up after one, or two`);
      check((await askTogether(source)) === undefined, 'Every later caller must get the error');
      await quiet();
      const second = requests() - first;
      check(second <= first, `${second} requests for the callers of a second round`);
    },
    'makes no storm of requests of rejections while requests fail': async (
      { source, requests, failRequests },
      quiet,
    ) => {
      const rejected = await source.getToken();
      await failRequests();
      await askTogether(source, { rejectedToken: rejected });
      await quiet();
      const first = requests() - 1;
      const given = await askTogether(source, { rejectedToken: rejected });
      check(given === undefined, 'No caller may get the token that he rejected');
      await quiet();
      const second = requests() - 1 - first;
      check(second <= first, `${second} requests for a second round of rejections`);
    },
  }),
  ...cases(promises.kept, {
    'rejects for the caller that rejected it when no other comes, and keeps the current token for everybody else':
      async ({ source, failRequests }) => {
        const rejected = await source.getToken();
        await failRequests();
        await rejection(source.getToken({ rejectedToken: rejected }), 'The call of who rejected the token');
        check(source.peek() === rejected, 'The current token must be served after the failure');
      },
  }),
  ...cases(promises.secrets, {
    'rejects with an error that has a message and shows no token': async ({ source, failRequests }) => {
      const token = await source.getToken();
      await failRequests();
      await checkFails(source.getToken({ forceRefresh: true }), 'The forced refresh', [token]);
    },
  }),
  ...cases(promises.failedRefresh, {
    'keeps a good token when a forced refresh fails': async ({ source, failRequests }) => {
      const token = await source.getToken();
      await failRequests();
      await source.getToken({ forceRefresh: true }).catch(() => undefined);
      check(source.peek() === token, 'The good token must be served');
      check((await source.getToken()) === token, 'The good token must be served');
    },
    'leaves no rejection unhandled when all callers have left before the request fails': async (
      { source, failRequests },
      quiet,
    ) => {
      await failRequests();
      await checkHandlesRejections(async () => {
        await checkLeaves((signal) => source.getToken({ signal })).catch(() => undefined);
        await quiet();
      });
    },
  }),
  ...cases(promises.getToken, {
    'rejects, and serves no expired token, when the refresh after its end fails': async ({
      source,
      failRequests,
      expireToken,
    }) => {
      await source.getToken();
      await failRequests();
      await expireToken();
      await rejection(source.getToken(), 'getToken without a good token');
    },
  }),
  ...cases([promises.getToken, 'canRecover'], {
    'gives a token when the endpoint answers again, however often it has failed': async (fixture) => {
      for (let failures = 0; failures < maxFailures; failures++) {
        await fixture.failRequests();
        await rejection(fixture.source.getToken(), 'getToken of an endpoint that fails');
        await fixture.recoverRequests();
      }
      const token = await fixture.source.getToken();
      checkSame(fixture.source.peek() === token, true, 'Whether the new token is served');
    },
  }),
];
