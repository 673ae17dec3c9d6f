import { check, checkRejectsWith, checkSame, checkShowsNone, leaveInTurn, leavingCaller } from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
import { KeptAlive } from '../kept-alive.ts';
import {
  askTogether,
  crowd,
  tokenSourceCases,
  tokenSourcePromises as promises,
} from './token-source-under-test.ts';

/** Visible ASCII, RFC 6750 section 2.1 being narrower still. */
const headerValue = /^[\x21-\x7e]+$/;

/** How a source gives tokens: one request for all who ask, no dead token, and no caller who harms another. */
export const servingCases = [
  ...tokenSourceCases(promises.getToken, {
    'gives a token that fits into a header': async ({ source }) => {
      const token: unknown = await source.getToken();
      check(typeof token === 'string' && headerValue.test(token), 'A token must be visible ASCII');
    },
    'serves the token it has, asynchronously and synchronously, with no further request': async (
      { source, requests },
      quiet,
    ) => {
      const token = await source.getToken();
      check(source.peek() === token, 'peek must give the token that getToken gave');
      check((await source.getToken()) === token, 'getToken must give the same token again');
      await quiet();
      checkSame(requests(), 1, 'The number of requests');
    },
    'takes options that are undefined for options that are not given': async ({ source }) => {
      const token = await source.getToken();
      const again = await source.getToken({
        rejectedToken: undefined,
        rejectedAs: undefined,
        forceRefresh: undefined,
        signal: undefined,
      });
      check(again === token, 'The cached token must be served');
    },
  }),
  ...tokenSourceCases(promises.peek, {
    'peeks at nothing before the first token, and sets nothing off by it': async (
      { source, requests },
      quiet,
    ) => {
      source.subscribe(() => undefined);
      check(source.peek() === undefined, 'peek must give undefined before the first token');
      await quiet();
      checkSame(requests(), 0, 'The number of requests');
    },
    'never serves an expired token': async ({ source, expireToken }) => {
      const old = await source.getToken();
      await expireToken();
      check(source.peek() !== old, 'peek must not give an expired token');
      check((await source.getToken()) !== old, 'getToken must not give an expired token');
    },
    'asks for nothing when it is peeked at after the end of its token': async (
      { source, requests, expireToken },
      quiet,
    ) => {
      await source.getToken();
      await expireToken();
      await quiet();
      const before = requests();
      for (let peeks = 0; peeks < 3; peeks++) source.peek();
      await quiet();
      checkSame(requests() - before, 0, 'The number of requests that peek set off');
    },
  }),
  ...tokenSourceCases(promises.oneRequest, {
    'makes one request for all who ask at the same time, whatever their options': async (
      { source, requests },
      quiet,
    ) => {
      const { signal } = new AbortController();
      const options = [undefined, { forceRefresh: true }, { rejectedToken: 'of another time' }, { signal }];
      const tokens = await Promise.all(
        options.map((option) => askTogether(source, option && Object.freeze(option))),
      );
      check(new Set(tokens).size === 1, 'All who ask at the same time must get the same');
      check(tokens[0] === source.peek(), 'The first token must be given');
      await quiet();
      checkSame(requests(), 1, `The number of requests for ${tokens.length * crowd} callers`);
    },
  }),
  ...tokenSourceCases(promises.forceRefresh, {
    'gets a new token when one is forced, with one request for all who force it': async (
      { source, requests },
      quiet,
    ) => {
      const old = await source.getToken();
      const given = await askTogether(source, { forceRefresh: true });
      check(given !== old, 'All who force a refresh must get a new token');
      check(given === source.peek(), 'The new token must be served');
      await quiet();
      checkSame(requests(), 2, 'The number of requests, the first one included');
    },
  }),
  ...tokenSourceCases(promises.process, {
    'keeps no process alive': (_fixture, _quiet, another) =>
      KeptAlive.during((look) =>
        another(async ({ source, failRequests }) => {
          await look(async () => {
            source.subscribe(() => undefined);
            await source.getToken();
            await failRequests();
            await source.getToken({ forceRefresh: true }).catch(() => undefined);
          });
        }),
      ),
  }),
  ...tokenSourceCases(promises.signal, {
    'lets one caller leave without ending the request of the others': async ({ source }) => {
      const { signal, reason, leave } = leavingCaller();
      const left = source.getToken({ signal });
      const stayed = source.getToken();
      leave();
      await checkRejectsWith(left, reason, 'The wait of the caller who left');
      await stayed;
    },
    'rejects a caller who has left already, with the reason of the signal and no request': async (
      { source, requests },
      quiet,
    ) => {
      const { signal, reason, leave } = leavingCaller();
      leave();
      await checkRejectsWith(source.getToken({ signal }), reason, 'The call of a caller who has left');
      await quiet();
      checkSame(requests(), 0, 'The number of requests');
    },
  }),
  ...tokenSourceCases([promises.signal, 'canHold'], {
    'lets callers leave while the request is not answered, and gives the next one a token': async (
      { source, holdRequests },
      quiet,
    ) => {
      let published = 0;
      source.subscribe(() => published++);
      const release = holdRequests();
      await leaveInTurn((signal) => source.getToken({ signal }));
      const next = source.getToken();
      release();
      await next;
      await quiet();
      checkSame(published, 1, 'The number of tokens for callers who left and the next one');
    },
  }),
  ...tokenSourceCases(promises.signalListeners, {
    'leaves no listener on the signal of a caller who goes on': async ({ source, failRequests }) => {
      const { signal } = new AbortController();
      for (const forceRefresh of [true, false, true]) await source.getToken({ signal, forceRefresh });
      await failRequests();
      await source.getToken({ signal, forceRefresh: true }).catch(() => undefined);
    },
  }),
  ...tokenSourceCases(promises.printed, {
    'prints no token': async ({ source, failRequests }) => {
      await source.getToken();
      await source.getToken({ forceRefresh: true });
      await source.getToken({ rejectedToken: source.peek() });
      await failRequests();
      await source.getToken({ rejectedToken: source.peek() }).catch(() => undefined);
      await afterTurns();
    },
  }),
  ...tokenSourceCases(promises.secrets, {
    'shows no token when it is inspected, printed or turned into JSON': async ({ source }) => {
      const rejectedToken = await source.getToken();
      const tokens = [rejectedToken, await source.getToken({ rejectedToken })];
      checkShowsNone(source, tokens, 'The source');
    },
  }),
];
