import { isDeepStrictEqual } from 'node:util';
import { afterTurns } from '../host-time.ts';
import { check, checkSame } from './checks.ts';
import { checkHandlesRejections } from './left-behind.ts';
import { tokenSourceCases as cases, tokenSourcePromises as promises } from './token-source-under-test.ts';

/** What subscribers of a source may rely on, and what the source bears from them. */
export const subscriberCases = [
  ...cases(promises.subscribe, {
    'calls its subscribers with each new token, until they leave, and when they come again': async ({
      source,
      failRequests,
    }) => {
      const received: string[] = [];
      const listener = (token: string): unknown => received.push(token);
      const leave = source.subscribe(listener);
      const tokens = [await source.getToken(), await source.getToken({ forceRefresh: true })];
      leave();
      check(source.peek() === tokens[1], 'The token must be served when the last subscriber has left');
      await source.getToken({ forceRefresh: true });
      source.subscribe(listener);
      tokens.push(await source.getToken({ forceRefresh: true }));
      await failRequests();
      await source.getToken({ forceRefresh: true }).catch(() => undefined);
      await afterTurns();
      check(
        isDeepStrictEqual(received, tokens),
        'The subscriber must be called with each new token once, in order',
      );
    },
    'calls a listener that comes while a token is published with the next one': async ({ source }) => {
      let calls = 0;
      const leave = source.subscribe(() => {
        leave();
        source.subscribe(() => calls++);
      });
      await source.getToken();
      await afterTurns();
      checkSame(calls, 0, 'The number of calls with a token that was being published');
      await source.getToken({ forceRefresh: true });
      await afterTurns();
      checkSame(calls, 1, 'The number of calls with the next token');
    },
  }),
  ...cases(promises.listeners, {
    'bears listeners that throw, reject or never settle, and calls all others': async ({ source }) => {
      let calls = 0;
      const listeners = [
        () => Promise.reject(new Error('a listener rejected')),
        () => new Promise(() => undefined),
        () => {
          throw new Error('a listener failed');
        },
        () => 0,
      ];
      for (const listener of listeners) {
        source.subscribe((): unknown => {
          calls++;
          return listener();
        });
      }
      await checkHandlesRejections(async () => {
        await source.getToken();
        await source.getToken({ forceRefresh: true });
      });
      checkSame(calls, 2 * listeners.length, 'The number of calls of four listeners with two tokens');
    },
    'calls a listener that was added twice twice, and once when it has left once': async ({ source }) => {
      let calls = 0;
      const listener = (): unknown => calls++;
      const leave = source.subscribe(listener);
      source.subscribe(listener);
      await source.getToken();
      await afterTurns();
      checkSame(calls, 2, 'The number of calls');
      leave();
      leave();
      await source.getToken({ forceRefresh: true });
      await afterTurns();
      checkSame(calls, 3, 'The number of calls after one subscription has ended');
    },
    'serves the new token to a subscriber who calls back': async ({ source }) => {
      const seen: { readonly peeked: string | undefined; readonly got: Promise<string> }[] = [];
      source.subscribe(() => {
        // Once: a source that makes a request of each call would go on for ever.
        if (seen.length === 0) seen.push({ peeked: source.peek(), got: source.getToken() });
      });
      const token = await source.getToken();
      await afterTurns();
      check(seen[0]?.peeked === token, 'peek must give the new token inside of a subscriber');
      await seen[0].got;
    },
  }),
  ...cases(promises.unsubscribe, {
    'calls no listener that another listener has just unsubscribed': async ({ source }) => {
      let calls = 0;
      // Whichever is called first ends the subscription of the other.
      const leaves = [0, 1].map(() =>
        source.subscribe(() => {
          calls++;
          for (const leave of leaves) leave();
        }),
      );
      await source.getToken();
      await afterTurns();
      checkSame(calls, 1, 'The number of calls of two listeners that unsubscribe each other');
    },
    'calls everybody when a listener leaves while it is called': async ({ source }) => {
      let calls = 0;
      for (let listeners = 0; listeners < 3; listeners++) {
        const leave = source.subscribe(() => {
          calls++;
          leave();
        });
      }
      await source.getToken();
      await afterTurns();
      checkSame(calls, 3, 'The number of calls of three listeners that leave when they are called');
    },
  }),
];
