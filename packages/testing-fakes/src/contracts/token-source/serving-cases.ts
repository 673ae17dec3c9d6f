import { checkLeavesNoListener } from '../abort-listeners.ts';
import { check, checkRejectsWith, checkSame, leavingCaller } from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
import { checkKeepsNoProcessAlive } from '../kept-alive.ts';
import { checkPrintsNone } from '../printed.ts';
import { everythingShown } from '../../leaks/everything-shown.ts';
import {
  askTogether,
  crowd,
  type TokenSourceCase,
  tokenSourcePromises as promises,
} from './token-source-under-test.ts';

/** Visible ASCII, RFC 6750 section 2.1 being narrower still. */
const headerValue = /^[\x21-\x7e]+$/;

/** How a source gives tokens: one request for all who ask, no dead token, and no caller who harms another. */
export function servingCases(): readonly TokenSourceCase[] {
  return [
    {
      name: 'gives a token that fits into a header',
      promise: promises.getToken,
      body: async ({ source }) => {
        const token: unknown = await source.getToken();
        check(typeof token === 'string' && headerValue.test(token), 'A token must be visible ASCII');
      },
    },
    {
      name: 'peeks at nothing before the first token',
      promise: promises.peek,
      body: ({ source }) => {
        check(source.peek() === undefined, 'peek must give undefined before the first token');
        return Promise.resolve();
      },
    },
    {
      name: 'sets nothing off by being made, peeked at or subscribed to',
      promise: promises.peek,
      body: async ({ source, requests }, quiet) => {
        source.peek();
        source.subscribe(() => undefined);
        await quiet();
        checkSame(requests(), 0, 'The number of requests');
      },
    },
    {
      name: 'serves the token it has, asynchronously and synchronously, with no further request',
      promise: promises.getToken,
      body: async ({ source, requests }, quiet) => {
        const token = await source.getToken();
        check(source.peek() === token, 'peek must give the token that getToken gave');
        check((await source.getToken()) === token, 'getToken must give the same token again');
        await quiet();
        checkSame(requests(), 1, 'The number of requests');
      },
    },
    {
      name: 'makes one request for all who ask at the same time',
      promise: promises.oneRequest,
      body: async ({ source, requests }, quiet) => {
        await askTogether(source);
        await quiet();
        checkSame(requests(), 1, `The number of requests for ${crowd} callers`);
      },
    },
    {
      name: 'gets a new token when one is forced, with one request for all who force it',
      promise: promises.forceRefresh,
      body: async ({ source, requests }, quiet) => {
        const old = await source.getToken();
        const given = await askTogether(source, { forceRefresh: true });
        check(given !== old, 'All who force a refresh must get a new token');
        check(given === source.peek(), 'The new token must be served');
        await quiet();
        checkSame(requests(), 2, 'The number of requests, the first one included');
      },
    },
    {
      name: 'takes options that are undefined for options that are not given',
      promise: promises.getToken,
      body: async ({ source }) => {
        const token = await source.getToken();
        const again = await source.getToken({
          rejectedToken: undefined,
          rejectedAs: undefined,
          forceRefresh: undefined,
          signal: undefined,
        });
        check(again === token, 'The cached token must be served');
      },
    },
    {
      name: 'never serves a token that is over',
      promise: promises.peek,
      body: async ({ source, expireToken }) => {
        const old = await source.getToken();
        await expireToken();
        check(source.peek() !== old, 'peek must not give a token that is over');
        check((await source.getToken()) !== old, 'getToken must not give a token that is over');
      },
    },
    {
      name: 'asks for nothing when it is peeked at after the end of its token',
      promise: promises.peek,
      body: async ({ source, requests, expireToken }, quiet) => {
        await source.getToken();
        await expireToken();
        await quiet();
        const before = requests();
        for (let peeks = 0; peeks < 3; peeks++) source.peek();
        await quiet();
        checkSame(requests() - before, 0, 'The number of requests that peek set off');
      },
    },
    {
      name: 'keeps no process alive',
      promise: promises.process,
      body: async ({ source }) => {
        await checkKeepsNoProcessAlive(async () => {
          source.subscribe(() => undefined);
          await source.getToken();
        });
      },
    },
    {
      name: 'lets one caller leave without ending the request of the others',
      promise: promises.signal,
      body: async ({ source }) => {
        const { signal, reason, leave } = leavingCaller();
        const left = source.getToken({ signal });
        const stayed = source.getToken();
        leave();
        await checkRejectsWith(left, reason, 'The wait of the caller who left');
        await stayed;
      },
    },
    {
      name: 'lets a caller leave who joined the request of another',
      promise: promises.signal,
      body: async ({ source }) => {
        const { signal, reason, leave } = leavingCaller();
        const stayed = source.getToken();
        const left = source.getToken({ signal });
        leave();
        await checkRejectsWith(left, reason, 'The wait of the caller who left');
        await stayed;
      },
    },
    {
      name: 'lets a caller leave while the request is not answered',
      promise: promises.signal,
      needs: 'canHold',
      body: async ({ source, holdRequests }) => {
        const release = holdRequests();
        const { signal, reason, leave } = leavingCaller();
        const left = source.getToken({ signal });
        await afterTurns();
        leave();
        await checkRejectsWith(left, reason, 'The wait of the caller who left');
        release();
        await source.getToken();
      },
    },
    {
      name: 'rejects a caller who has left already, with the reason of the signal and no request',
      promise: promises.signal,
      body: async ({ source, requests }, quiet) => {
        const { signal, reason, leave } = leavingCaller();
        leave();
        await checkRejectsWith(source.getToken({ signal }), reason, 'The call of a caller who has left');
        await quiet();
        checkSame(requests(), 0, 'The number of requests');
      },
    },
    {
      name: 'leaves no listener on the signal of a caller who goes on',
      promise: promises.signalListeners,
      body: ({ source }) =>
        checkLeavesNoListener((signal) => source.getToken({ signal, forceRefresh: true })),
    },
    {
      name: 'prints no token',
      promise: promises.printed,
      body: async ({ source }) => {
        const tokens: string[] = [];
        await checkPrintsNone(tokens, async () => {
          tokens.push(await source.getToken(), await source.getToken({ forceRefresh: true }));
          await afterTurns();
        });
      },
    },
    {
      name: 'shows no token when it is inspected, printed or turned into JSON',
      promise: promises.secrets,
      body: async ({ source }) => {
        const token = await source.getToken();
        check(!everythingShown(source).includes(token), 'The token is shown');
      },
    },
  ];
}
