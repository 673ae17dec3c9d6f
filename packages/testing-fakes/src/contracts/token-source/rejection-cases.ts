import { check, checkSame, rejection } from '../checks.ts';
import {
  askTogether,
  crowd,
  tokenSourceCases,
  tokenSourcePromises as promises,
} from './token-source-under-test.ts';

/** What a source does for a caller whose token was rejected: `getToken({ rejectedToken })`. */
export const rejectionCases = [
  ...tokenSourceCases(promises.rejectedToken, {
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
  ...tokenSourceCases(promises.kept, {
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
    'rejects for the caller that rejected it when no other comes, and keeps the current token for everybody else':
      async ({ source, failRequests }) => {
        const rejected = await source.getToken();
        await failRequests();
        await rejection(source.getToken({ rejectedToken: rejected }), 'The call of who rejected the token');
        check(source.peek() === rejected, 'The current token must be served after the failure');
      },
  }),
  ...tokenSourceCases([promises.kept, 'canHold'], {
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
  ...tokenSourceCases(promises.failing, {
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
];
