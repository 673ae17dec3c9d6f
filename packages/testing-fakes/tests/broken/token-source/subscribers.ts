import type { Change, FaultsByCase } from '../../support/broken-promises.ts';
import type { ModelTokenSource } from '../../support/model-token-source.ts';

/** Sources that are wrong about their subscribers. */
export const brokenPublishing: FaultsByCase<ModelTokenSource> = {
  'calls its subscribers with each new token, until they leave, and when they come again': {
    'forgets its token when the last subscriber leaves': atLastLeave((source) => {
      source.hold(undefined);
    }),
    'calls nobody who comes after the last subscriber has left': atLastLeave((source) => {
      source.publish = () => undefined;
    }),
    'tells nobody': { publish: () => () => undefined },
    'ends no subscription': {
      subscribe: (subscribe) => (listener) => {
        subscribe(listener);
        return () => undefined;
      },
    },
  },
  'serves the new token to a subscriber who calls back': {
    'tells a token before it serves it': {
      request: (_original, source) => async () => {
        const token = await source.answer();
        source.publish(token);
        source.hold(token);
        source.flight = undefined;
        return token;
      },
    },
  },
  'calls no listener that another listener has just unsubscribed': {
    'calls a listener that another one has just unsubscribed': {
      publish: (_original, source) => (token) => {
        for (const { listener } of [...source.subscriptions]) source.tell(listener, token);
      },
    },
  },
  'calls a listener that comes while a token is published with the next one': {
    'tells a new subscriber the token of before': {
      subscribe: (subscribe, source) => (listener) => {
        const token = source.peek();
        if (token !== undefined) listener(token);
        return subscribe(listener);
      },
    },
    'tells a token to those who come while it is told': {
      publish: (publish, source) => (token) => {
        const before = [...source.subscriptions];
        publish(token);
        const news = source.subscriptions.filter((subscription) => !before.includes(subscription));
        for (const { listener } of news) source.tell(listener, token);
      },
    },
  },
  'bears listeners that throw, reject or never settle, and calls all others': {
    'ends the subscription of a subscriber that throws': {
      tell: (_original, source) => (listener, token) => {
        try {
          listener(token);
        } catch {
          source.subscriptions.splice(0, 1);
        }
      },
    },
    'ends its publishing at a subscriber that throws': {
      publish: (_original, source) => (token) => {
        try {
          for (const { listener } of source.subscriptions) void listener(token);
        } catch {
          // The rest is not told.
        }
      },
    },
    'fails when a subscriber throws': {
      tell: () => (listener, token) => {
        void listener(token);
      },
    },
    'leaves the rejection of a subscriber unhandled': {
      tell: () => (listener, token) => {
        try {
          void listener(token);
        } catch {
          // Not the source's concern.
        }
      },
    },
    'waits for what its subscribers return': (source) => {
      let called: Promise<unknown> = Promise.resolve();
      source.tell = (listener, token) => {
        called = Promise.allSettled([called, listener(token)]);
      };
      const refresh = source.refresh.bind(source);
      source.refresh = async () => {
        const token = await refresh();
        await called;
        return token;
      };
    },
  },
  'calls a listener that was added twice twice, and once when it has left once': {
    'keeps its subscribers in a set': (source) => {
      const listeners = new Set<(token: string) => unknown>();
      source.subscribe = (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      };
      source.publish = (token) => {
        for (const listener of listeners) source.tell(listener, token);
      };
    },
    'ends all subscriptions of a function with one': {
      subscribe: (subscribe, source) => (listener) => {
        subscribe(listener);
        return () => {
          const rest = source.subscriptions.filter((subscription) => subscription.listener !== listener);
          source.subscriptions.splice(0, source.subscriptions.length, ...rest);
        };
      },
    },
  },
  'calls everybody when a listener leaves while it is called': {
    'misses a subscriber when the one before leaves while he is told': {
      publish: (_original, source) => (token) => {
        for (const { listener } of source.subscriptions) source.tell(listener, token);
      },
    },
  },
};

/** Does something when the last subscriber leaves. */
function atLastLeave(change: (source: ModelTokenSource) => void): Change<ModelTokenSource> {
  return {
    subscribe: (subscribe, source) => (listener) => {
      const leave = subscribe(listener);
      return () => {
        leave();
        if (source.subscriptions.length === 0) change(source);
      };
    },
  };
}
