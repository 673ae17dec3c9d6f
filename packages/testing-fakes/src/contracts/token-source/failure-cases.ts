import { check, checkFails, leaveAtOnce, maxFailures, rejection } from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
import { askTogether, tokenSourceCases, tokenSourcePromises as promises } from './token-source-under-test.ts';

/** What a source does while its endpoint rejects every request. */
export const failureCases = [
  ...tokenSourceCases(promises.failing, {
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
  }),
  ...tokenSourceCases(promises.secrets, {
    'rejects with an error that has a message and shows no token': async ({ source, failRequests }) => {
      const token = await source.getToken();
      await failRequests();
      await checkFails(source.getToken({ forceRefresh: true }), 'The forced refresh', [token]);
    },
  }),
  ...tokenSourceCases(promises.failedRefresh, {
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
      await leaveAtOnce((signal) => source.getToken({ signal }));
      await quiet();
      await afterTurns();
    },
  }),
  ...tokenSourceCases([promises.getToken, 'canRecover'], {
    'gives a token when the endpoint answers again, however often it has failed': async (fixture) => {
      for (let failures = 0; failures < maxFailures; failures++) {
        await fixture.failRequests();
        await rejection(fixture.source.getToken(), 'getToken of an endpoint that fails');
        await fixture.recoverRequests();
      }
      await fixture.source.getToken();
    },
  }),
  ...tokenSourceCases(promises.getToken, {
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
];
