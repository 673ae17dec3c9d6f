import { isDeepStrictEqual } from 'node:util';
import { check, checkSame } from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
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
  }),
  ...tokenSourceCases(promises.listeners, {
    'waits for nothing that a listener returns': async ({ source }) => {
      source.subscribe((): unknown => new Promise<never>(() => undefined));
      await source.getToken();
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
