import { isDeepStrictEqual } from 'node:util';
import { check, checkSame } from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
import { leavesUnhandled } from '../../unhandled-rejections.ts';
import { type TokenSourceCase, tokenSourcePromises as promises } from './token-source-under-test.ts';

/** What subscribers of a source may rely on, and what the source bears from them. */
export function subscriberCases(): readonly TokenSourceCase[] {
  return [
    {
      name: 'calls its subscribers with each new token, until they leave',
      promise: promises.subscribe,
      body: async ({ source }) => {
        const told: string[] = [];
        const leave = source.subscribe((token) => told.push(token));
        const tokens = [await source.getToken(), await source.getToken({ forceRefresh: true })];
        leave();
        await source.getToken({ forceRefresh: true });
        await afterTurns();
        check(
          isDeepStrictEqual(told, tokens),
          'The subscriber must be called with each new token once, in order',
        );
      },
    },
    {
      name: 'calls nobody with a token twice, or with one from before the subscription',
      promise: promises.subscribe,
      body: async ({ source }) => {
        await source.getToken();
        const told: string[] = [];
        source.subscribe((token) => told.push(token));
        await source.getToken();
        await afterTurns();
        checkSame(told.length, 0, 'The number of calls with the token that is known already');
      },
    },
    {
      name: 'serves the new token to a subscriber who calls back',
      promise: promises.listeners,
      body: async ({ source }) => {
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
    },
    {
      name: 'is not disturbed by a subscriber that throws',
      promise: promises.listeners,
      body: async ({ source }) => {
        const told: string[] = [];
        source.subscribe(() => {
          throw new Error('a subscriber failed');
        });
        source.subscribe((token) => told.push(token));
        const token = await source.getToken();
        await afterTurns();
        check(isDeepStrictEqual(told, [token]), 'The other subscriber must be called with the token');
      },
    },
    {
      name: 'is not disturbed by a subscriber whose promise rejects',
      promise: promises.listeners,
      body: async ({ source }) => {
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
    },
    {
      name: 'waits for no subscriber',
      promise: promises.listeners,
      body: async ({ source }) => {
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
    },
    {
      name: 'calls a subscriber twice who came twice, and once after he left once',
      promise: promises.listeners,
      body: async ({ source }) => {
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
    },
    {
      name: 'lets a subscriber leave without ending the subscription of another',
      promise: promises.unsubscribe,
      body: async ({ source }) => {
        const told: string[] = [];
        const leave = source.subscribe(() => undefined);
        source.subscribe(() => told.push('second'));
        leave();
        source.subscribe(() => told.push('third'));
        await source.getToken();
        await afterTurns();
        checkSame(told.sort(), ['second', 'third'], 'Who was called');
      },
    },
    {
      name: 'calls no listener that another listener has just unsubscribed',
      promise: promises.unsubscribe,
      body: async ({ source }) => {
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
    },
    {
      name: 'calls the others when a subscriber leaves during its call',
      promise: promises.listeners,
      body: async ({ source }) => {
        const told: string[] = [];
        const leave = source.subscribe(() => {
          told.push('first');
          leave();
        });
        source.subscribe(() => told.push('second'));
        await source.getToken();
        await source.getToken({ forceRefresh: true });
        await afterTurns();
        checkSame(told.sort(), ['first', 'second', 'second'], 'Who was called');
      },
    },
  ];
}
