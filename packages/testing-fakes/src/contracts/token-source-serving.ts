import { afterTurns } from '../host-time.ts';
import { check, checkHasLeft, checkLeaves, checkSame, checkShowsNone } from './checks.ts';
import { checkHasNoListener, checkKeepsNothingAlive, checkPrintsNone } from './left-behind.ts';
import {
  askTogether,
  crowd,
  tokenSourceCases as cases,
  tokenSourcePromises as promises,
} from './token-source-under-test.ts';

/** Visible ASCII, RFC 6750 section 2.1 being narrower still. */
const headerValue = /^[\x21-\x7e]+$/;

/** How a source gives tokens: one request for all who ask, no dead token, and no caller who harms another. */
export const servingCases = [
  ...cases(promises.getToken, {
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
  ...cases(promises.peek, {
    'peeks at nothing before the first token, and sets nothing off by it': async (
      { source, requests },
      quiet,
    ) => {
      source.subscribe(() => undefined);
      check(source.peek() === undefined, 'peek must give undefined before the first token');
      await quiet();
      checkSame(requests(), 0, 'The number of requests');
    },
    'never serves an expired token, and asks for nothing by being peeked at': async (
      { source, requests, expireToken },
      quiet,
    ) => {
      const old = await source.getToken();
      await expireToken();
      await quiet();
      const before = requests();
      check(source.peek() !== old, 'peek must not give an expired token');
      await quiet();
      checkSame(requests() - before, 0, 'The number of requests that peek set off');
      check((await source.getToken()) !== old, 'getToken must not give an expired token');
    },
  }),
  ...cases(promises.oneRequest, {
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
  ...cases(promises.forceRefresh, {
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
  ...cases(promises.rejectedToken, {
    'makes one request for all who reject the same token, and gives all the new one': async (
      { source, requests },
      quiet,
    ) => {
      const rejected = await source.getToken();
      const given = await askTogether(source, { rejectedToken: rejected });
      check(given !== undefined && given !== rejected, 'All who rejected the old token must get a new one');
      await quiet();
      checkSame(requests(), 2, `The number of requests for ${crowd} rejections, the first one included`);
    },
    'takes what a caller knows of the rejected token, and gives another one': async ({ source }) => {
      for (const rejectedAs of ['revoked', 'denied'] as const) {
        const rejected = await source.getToken();
        const given = await source.getToken({ rejectedToken: rejected, rejectedAs });
        check(given !== rejected, `A caller who rejects a token as ${rejectedAs} must get a new one`);
      }
    },
    'makes no request for a late rejection of an old token': async ({ source, requests }, quiet) => {
      const old = await source.getToken();
      const current = await source.getToken({ rejectedToken: old });
      const given = await askTogether(source, { rejectedToken: old });
      check(given === current, 'All late rejections must be answered with the current token');
      await quiet();
      checkSame(requests(), 2, 'The number of requests, the first one included');
    },
  }),
  ...cases(promises.kept, {
    'gives everybody else the current token while it gets another': async ({ source }) => {
      const rejected = await source.getToken();
      const other = source.getToken({ rejectedToken: rejected });
      // Asked for in the same turn: no response can have come yet, so whoever gets another token has waited.
      const peeked = source.peek();
      const served = source.getToken();
      check(peeked === rejected, 'peek must give the current token while another is on its way');
      check((await served) === rejected, 'getToken must give the current token while another is on its way');
      await other;
    },
  }),
  ...cases([promises.kept, 'canHold'], {
    'lets nobody else wait while the request for another token is not answered': async (
      { source, holdRequests },
      quiet,
    ) => {
      const old = await source.getToken();
      const rejected = await source.getToken({ rejectedToken: old });
      const release = holdRequests();
      const other = source.getToken({ rejectedToken: rejected });
      await quiet();
      await source.getToken();
      await source.getToken({ rejectedToken: old });
      release();
      await other;
    },
  }),
  ...cases(promises.signal, {
    'lets a caller leave, the first or one who joined, without ending the request of the others': async ({
      source,
    }) => {
      await Promise.all([
        checkLeaves((signal) => source.getToken({ signal })),
        source.getToken(),
        checkLeaves((signal) => source.getToken({ signal })),
      ]);
    },
    'rejects a caller who has left already, with the reason of the signal and no request': async (
      { source, requests },
      quiet,
    ) => {
      await checkHasLeft((signal) => source.getToken({ signal }));
      await quiet();
      checkSame(requests(), 0, 'The number of requests');
    },
  }),
  ...cases([promises.signal, 'canHold'], {
    'lets callers leave while the request is not answered, and gives the next one a token': async (
      { source, holdRequests },
      quiet,
    ) => {
      const rejectedToken = await source.getToken();
      let published = 0;
      source.subscribe(() => published++);
      const release = holdRequests();
      for (let callers = 0; callers < 2; callers++)
        await checkLeaves((signal) => source.getToken({ rejectedToken, signal }), afterTurns);
      const next = source.getToken({ rejectedToken });
      release();
      await next;
      await quiet();
      checkSame(published, 1, 'The number of tokens for callers who left and the next one');
    },
  }),
  ...cases(promises.signalListeners, {
    'leaves no listener on the signal of a caller who goes on': async ({ source, failRequests }) => {
      const { signal } = new AbortController();
      for (const forceRefresh of [true, false, true]) await source.getToken({ signal, forceRefresh });
      await failRequests();
      await source.getToken({ signal, forceRefresh: true }).catch(() => undefined);
      await checkHasNoListener(signal);
    },
  }),
  ...cases(promises.process, {
    'keeps no process alive': ({ source, failRequests }) =>
      checkKeepsNothingAlive(async () => {
        source.subscribe(() => undefined);
        await source.getToken();
        await failRequests();
        await source.getToken({ forceRefresh: true }).catch(() => undefined);
      }),
  }),
  ...cases(promises.secrets, {
    'shows no token when it is inspected or turned into JSON': async ({ source }) => {
      const rejectedToken = await source.getToken();
      const tokens = [rejectedToken, await source.getToken({ rejectedToken })];
      checkShowsNone(source, tokens, 'The source');
    },
  }),
  ...cases(promises.printed, {
    'prints no token': ({ source, failRequests }) =>
      checkPrintsNone(async () => {
        source.subscribe(() => {
          throw new Error('a listener failed');
        });
        const rejectedToken = await source.getToken();
        const tokens = [rejectedToken, await source.getToken({ rejectedToken })];
        await failRequests();
        await source.getToken({ rejectedToken: source.peek() }).catch(() => undefined);
        return tokens;
      }),
  }),
];
