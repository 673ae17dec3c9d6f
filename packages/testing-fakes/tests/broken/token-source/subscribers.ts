import type { BrokenTokenSource } from './broken-token-source.ts';

/** Sources that are wrong about their subscribers. */
export function brokenPublishing(): readonly BrokenTokenSource[] {
  return [
    {
      fault: 'tells nobody',
      caughtBy: 'tells its subscribers each new token, until they leave',
      breakIt: (source) => {
        source.publish = () => undefined;
      },
    },
    {
      fault: 'ends no subscription',
      caughtBy: 'tells its subscribers each new token, until they leave',
      breakIt: (source) => {
        const subscribe = source.subscribe.bind(source);
        source.subscribe = (listener) => {
          subscribe(listener);
          return () => undefined;
        };
      },
    },
    {
      fault: 'tells each caller’s token again',
      caughtBy: 'tells nobody a token a second time, or one from before he came',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = async (options) => {
          const isCached = source.peek() !== undefined && options?.forceRefresh !== true;
          const token = await getToken(options);
          if (isCached) source.publish(token);
          return token;
        };
      },
    },
    {
      fault: 'tells a new subscriber the token of before',
      caughtBy: 'tells nobody a token a second time, or one from before he came',
      breakIt: (source) => {
        const subscribe = source.subscribe.bind(source);
        source.subscribe = (listener) => {
          const token = source.peek();
          if (token !== undefined) listener(token);
          return subscribe(listener);
        };
      },
    },
    {
      fault: 'tells a token before it serves it',
      caughtBy: 'serves the new token to a subscriber who calls back',
      breakIt: (source) => {
        source.request = async () => {
          const token = await source.endpoint.answer();
          source.publish(token);
          source.hold(token);
          source.flight = undefined;
          return token;
        };
      },
    },
    {
      fault: 'ends its publishing at a subscriber that throws',
      caughtBy: 'is not disturbed by a subscriber that throws',
      breakIt: (source) => {
        source.publish = (token) => {
          try {
            for (const { listener } of source.subscriptions) void listener(token);
          } catch {
            // The rest is not told.
          }
        };
      },
    },
    {
      fault: 'fails when a subscriber throws',
      caughtBy: 'is not disturbed by a subscriber that throws',
      breakIt: (source) => {
        source.tell = (listener, token) => {
          void listener(token);
        };
      },
    },
    {
      fault: 'leaves the rejection of a subscriber unhandled',
      caughtBy: 'is not disturbed by a subscriber whose promise rejects',
      breakIt: (source) => {
        source.tell = (listener, token) => {
          try {
            void listener(token);
          } catch {
            // Not the source's concern.
          }
        };
      },
    },
    {
      fault: 'keeps its subscribers in a set',
      caughtBy: 'tells a subscriber twice who came twice, and once after he left once',
      breakIt: (source) => {
        const listeners = new Set<(token: string) => unknown>();
        source.subscribe = (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        };
        source.publish = (token) => {
          for (const listener of listeners) source.tell(listener, token);
        };
      },
    },
    {
      fault: 'ends the newest subscription in place of the one',
      caughtBy: 'lets a subscriber leave without ending the subscription of another',
      breakIt: (source) => {
        const subscribe = source.subscribe.bind(source);
        source.subscribe = (listener) => {
          subscribe(listener);
          return () => source.subscriptions.pop();
        };
      },
    },
    {
      fault: 'ends all subscriptions of a function with one',
      caughtBy: 'tells a subscriber twice who came twice, and once after he left once',
      breakIt: (source) => {
        const subscribe = source.subscribe.bind(source);
        source.subscribe = (listener) => {
          subscribe(listener);
          return () => {
            const rest = source.subscriptions.filter((subscription) => subscription.listener !== listener);
            source.subscriptions.splice(0, source.subscriptions.length, ...rest);
          };
        };
      },
    },
    {
      fault: 'calls a listener that another one has just unsubscribed',
      caughtBy: 'calls no listener that another listener has just unsubscribed',
      breakIt: (source) => {
        source.publish = (token) => {
          for (const { listener } of [...source.subscriptions]) source.tell(listener, token);
        };
      },
    },
    {
      fault: 'misses a subscriber when the one before leaves while he is told',
      caughtBy: 'tells the others when a subscriber leaves while he is told',
      breakIt: (source) => {
        source.publish = (token) => {
          for (const { listener } of source.subscriptions) source.tell(listener, token);
        };
      },
    },
  ];
}
