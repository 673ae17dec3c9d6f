import { check, checkFails, checkRejectsWith, checkSame, leavingCaller, rejection } from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
import { leavesUnhandled } from '../../unhandled-rejections.ts';
import {
  askTogether,
  type TokenSourceCase,
  tokenSourcePromises as promises,
} from './token-source-under-test.ts';

/** What a source does while its endpoint refuses every request. */
export function failureCases(): readonly TokenSourceCase[] {
  return [
    {
      name: 'rejects for all who wait when the request fails, without a storm of requests',
      promise: promises.failing,
      body: async ({ source, requests, failRequests }, quiet) => {
        await failRequests();
        const outcomes = await askTogether(source);
        check(
          outcomes.every(({ status }) => status === 'rejected'),
          'Every caller must get the error',
        );
        await quiet();
        const requestsOfOne = requests();
        const again = await askTogether(source);
        check(
          again.every(({ status }) => status === 'rejected'),
          'Every later caller must get the error',
        );
        await quiet();
        check(requests() <= 2 * requestsOfOne, `${requests()} requests for two rounds of callers`);
      },
    },
    {
      name: 'rejects with an error that has a message and shows no token',
      promise: promises.secrets,
      body: async ({ source, failRequests }) => {
        const token = await source.getToken();
        await failRequests();
        await checkFails(source.getToken({ forceRefresh: true }), 'The forced refresh', [token]);
      },
    },
    {
      name: 'keeps a good token when a forced refresh fails',
      promise: promises.failedRefresh,
      body: async ({ source, failRequests }) => {
        const token = await source.getToken();
        await failRequests();
        await rejection(source.getToken({ forceRefresh: true }), 'The forced refresh');
        check(source.peek() === token, 'peek must give the good token');
        check((await source.getToken()) === token, 'getToken must give the good token');
      },
    },
    {
      name: 'rejects, and serves no token that is over, when the refresh after its end fails',
      promise: promises.getToken,
      body: async ({ source, failRequests, expireToken }) => {
        await source.getToken();
        await failRequests();
        await expireToken();
        await rejection(source.getToken(), 'getToken without a good token');
        check(source.peek() === undefined, 'peek must give undefined');
      },
    },
    {
      name: 'calls no subscriber when a request fails',
      promise: promises.subscribe,
      body: async ({ source, failRequests }, quiet) => {
        await source.getToken();
        const told: unknown[] = [];
        source.subscribe((token) => told.push(token));
        await failRequests();
        await rejection(source.getToken({ forceRefresh: true }), 'The forced refresh');
        await quiet();
        checkSame(told.length, 0, 'The number of calls of the subscriber');
      },
    },
    {
      name: 'leaves no rejection unhandled when all callers have left before the request fails',
      promise: promises.failedRefresh,
      body: async ({ source, failRequests }, quiet) => {
        await failRequests();
        const { signal, reason, leave } = leavingCaller();
        const isUnhandled = await leavesUnhandled(
          () => true,
          async () => {
            const left = source.getToken({ signal });
            leave();
            await checkRejectsWith(left, reason, 'The wait of the caller who left');
            await quiet();
            await afterTurns();
          },
        );
        check(!isUnhandled, 'The failed request was left as an unhandled rejection');
      },
    },
    {
      name: 'gets a token again once the endpoint answers again',
      promise: promises.getToken,
      needs: 'canRecover',
      body: async ({ source, failRequests, recoverRequests }) => {
        await failRequests();
        await rejection(source.getToken(), 'getToken while requests fail');
        await recoverRequests();
        const token = await source.getToken();
        check(token === source.peek(), 'The new token must be served');
      },
    },
  ];
}
