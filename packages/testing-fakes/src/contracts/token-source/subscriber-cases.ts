import { isDeepStrictEqual } from 'node:util';
import { check, checkSame } from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
import { leavesUnhandled } from '../../unhandled-rejections.ts';
import { tokenSourceCases, tokenSourcePromises as promises } from './token-source-under-test.ts';

/** What subscribers of a source may rely on, and what the source bears from them. */
export const subscriberCases = [
  ...tokenSourceCases(promises.subscribe, {
    'calls its subscribers with each new token, until they leave, and when they come again': async ({
      source,
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
      await afterTurns();
      check(
        isDeepStrictEqual(received, tokens),
        'The subscriber must be called with each new token once, in order',
      );
    },
    'calls nobody with a token twice, or with one from before the subscription': async ({ source }) => {
      await source.getToken();
      const received: string[] = [];
      source.subscribe((token) => received.push(token));
      await source.getToken();
      await afterTurns();
      checkSame(received.length, 0, 'The number of calls with the token that is known already');
    },
  }),
  ...tokenSourceCases(promises.listeners, {
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
    'is not disturbed by a subscriber that throws': async ({ source }) => {
      const received: string[] = [];
      let failed = 0;
      source.subscribe(() => {
        failed++;
        throw new Error('a subscriber failed');
      });
      source.subscribe((token) => received.push(token));
      const tokens = [await source.getToken(), await source.getToken({ forceRefresh: true })];
      await afterTurns();
      check(isDeepStrictEqual(received, tokens), 'The other subscriber must be called with each token');
      checkSame(failed, 2, 'The number of calls of the subscriber that throws');
    },
    'is not disturbed by a subscriber whose promise rejects': async ({ source }) => {
      const rejecting = (): unknown => Promise.reject(new Error('a subscriber rejected'));
      source.subscribe(rejecting);
      const isUnhandled = await leavesUnhandled(
        () => true,
        async () => {
          await source.getToken();
          await afterTurns();
        },
      );
      check(!isUnhandled, "The subscriber's promise was left as an unhandled rejection");
    },
    'waits for no subscriber': async ({ source }) => {
      let calls = 0;
      const forever = (): unknown => new Promise(() => undefined);
      source.subscribe(forever);
      source.subscribe(() => {
        calls++;
      });
      await source.getToken();
      await afterTurns();
      checkSame(calls, 1, 'The number of calls of a listener behind one whose promise never settles');
    },
    'calls a subscriber twice who came twice, and once after he left once': async ({ source }) => {
      let calls = 0;
      const listener = (): void => {
        calls++;
      };
      const leaveOnce = source.subscribe(listener);
      source.subscribe(listener);
      await source.getToken();
      await afterTurns();
      checkSame(calls, 2, 'The number of calls of a listener that was added twice');
      leaveOnce();
      leaveOnce();
      await source.getToken({ forceRefresh: true });
      await afterTurns();
      checkSame(calls, 3, 'The number of calls after one of its subscriptions ended');
    },
    'calls the others when a subscriber leaves during its call': async ({ source }) => {
      const received: string[] = [];
      const leave = source.subscribe(() => {
        received.push('first');
        leave();
      });
      source.subscribe(() => received.push('second'));
      await source.getToken();
      await source.getToken({ forceRefresh: true });
      await afterTurns();
      checkSame(received.sort(), ['first', 'second', 'second'], 'Who was called');
    },
  }),
  ...tokenSourceCases(promises.unsubscribe, {
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
  }),
];
