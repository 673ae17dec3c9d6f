import type { Change, FaultsByCase } from '../../support/broken-promises.ts';
import { ModelTokenSource } from '../../support/model-token-source.ts';
import { endAllWaits, first, leaveListener, lookLate } from '../habits.ts';

export const askOften: Change<ModelTokenSource> = {
  refresh: (refresh, source) => () => {
    if (source.flight !== undefined) source.answer().catch(() => undefined);
    return refresh();
  },
};

/** Sources that give tokens in a wrong way. */
export const brokenServing: FaultsByCase<ModelTokenSource> = {
  'peeks at nothing before the first token, and sets nothing off by it': {
    'peeks by a request': {
      peek: (peek, source) => () => {
        const token = peek();
        if (token === undefined) void source.refresh().catch(() => undefined);
        return token;
      },
    },
    'gives an empty text where there is no token': {
      peek: () => () => '',
      getToken: (getToken, source) => (options) => {
        source.peek = ModelTokenSource.prototype.peek.bind(source);
        return getToken(options);
      },
    },
  },
  'lets a caller leave, the first or one who joined, without ending the request of the others': {
    'gives a token that is over': { getToken: first },
    'looks at the signal only when it is called': { untilLeft: () => (work) => work },
    'rejects with an error of its own for a caller who left': {
      untilLeft: (untilLeft) => (work, signal) =>
        untilLeft(work, signal).catch((error: unknown) => {
          throw signal?.aborted === true ? new Error('aborted') : error;
        }),
    },
    'lets nobody leave who joined a request': {
      getToken: (getToken, source) => (options) =>
        getToken(source.flight === undefined ? options : { ...options, signal: undefined }),
    },
    'ends the wait of all when one of them leaves': endAllWaits,
  },
  'never serves an expired token, and asks for nothing by being peeked at': {
    'peeks at a token that is over': {
      getToken: (getToken, source) => {
        const peek = source.peek.bind(source);
        let last: string | undefined;
        return async (options) => {
          source.peek = peek;
          try {
            return (last = await getToken(options));
          } finally {
            source.peek = () => last;
          }
        };
      },
    },
  },
  'gives a token that fits into a header': {
    'gives nothing for a token': { getToken: () => () => Promise.resolve(undefined as unknown as string) },
    'gives a token with its scheme': { answer: (answer) => async () => `Bearer ${await answer()}` },
  },
  'makes one request for all who ask at the same time, whatever their options': {
    'makes another request for who forces one': {
      getToken: (getToken, source) => (options) =>
        options?.forceRefresh === true && source.peek() === undefined ? source.request() : getToken(options),
    },
    'makes a request for each caller': {
      refresh: (_original, source) => () =>
        source.rejection === undefined ? source.request() : Promise.reject(source.rejection),
    },
    'asks once more for each caller who waits': askOften,
    'has no token for a rejection before the first': {
      getToken: (getToken, source) => (options) =>
        options?.rejectedToken !== undefined && source.peek() === undefined
          ? Promise.resolve('')
          : getToken(options),
    },
  },
  'serves the token it has, asynchronously and synchronously, with no further request': {
    'peeks at nothing': { peek: () => () => undefined },
    'caches nothing': { getToken: (getToken) => (options) => getToken({ ...options, forceRefresh: true }) },
    'serves a good token and refreshes it behind each time': {
      getToken: (getToken, source) => (options) => {
        const token = getToken(options);
        if (source.peek() !== undefined) source.refresh().catch(() => undefined);
        return token;
      },
    },
  },
  'gets a new token when one is forced, with one request for all who force it': {
    'keeps a token that was forced from everybody else': {
      getToken: (getToken, source) => async (options) => {
        const current = source.peek();
        const token = await getToken(options);
        if (current !== undefined) source.hold(current);
        return token;
      },
    },
    'asks once more for each caller who forces': askOften,
    'ignores forceRefresh': {
      getToken: (getToken) => (options) => getToken({ ...options, forceRefresh: false }),
    },
  },
  'takes options that are undefined for options that are not given': {
    'takes the presence of an option for its value': {
      getToken: (getToken) => (options) =>
        getToken({ ...options, forceRefresh: options !== undefined && 'forceRefresh' in options }),
    },
  },
  'rejects a caller who has left already, with the reason of the signal and no request': {
    'ignores the signal': {
      getToken: (getToken) => (options) => getToken({ ...options, signal: undefined }),
    },
    'asks first and looks at the signal of a caller who has left afterwards': {
      getToken: (getToken, source) => (options) => {
        if (source.peek() === undefined) source.refresh().catch(() => undefined);
        return getToken(options);
      },
    },
  },
  'lets callers leave while the request is not answered, and gives the next one a token': {
    'gives an empty token to a caller who left': {
      untilLeft: (untilLeft) => (work, signal) =>
        untilLeft(work, signal).catch((error: unknown) => {
          if (signal?.aborted !== true) throw error;
          return '';
        }),
    },
    'looks at the signal when the response has come': lookLate,
    'gives the next caller the error of the one who left': { getToken: first },
    'begins another request when its first caller has left': {
      getToken: (getToken, source) => (options) =>
        getToken(options).catch((error: unknown) => {
          if (options?.signal?.aborted === true) source.flight = undefined;
          throw error;
        }),
    },
  },
  'leaves no listener on the signal of a caller who goes on': {
    'leaves its listener when it gives the cached token': {
      getToken: (getToken, source) => (options) => {
        if (source.peek() !== undefined) options?.signal?.addEventListener('abort', () => undefined);
        return getToken(options);
      },
    },
    'leaves its listener on the signal': leaveListener,
  },
  'prints no token': {
    'prints a token that was rejected': {
      getToken: (getToken) => (options) => {
        if (options?.rejectedToken !== undefined) console.debug(options.rejectedToken);
        return getToken(options);
      },
    },
    'prints the beginning of each token': {
      answer: (answer) => async () => `${await answer()}.of-more-than-24-characters`,
      publish: (publish) => (token) => {
        console.debug(`${token.slice(0, 16)}…`);
        publish(token);
      },
    },
    'prints its token for those who debug': {
      publish: (publish) => (token) => {
        console.debug({ token });
        publish(token);
      },
    },
    'prints the token when a listener throws': {
      tell: () => (listener, token) => {
        try {
          Promise.resolve(listener(token)).catch(() => undefined);
        } catch (error) {
          console.debug(error, token);
        }
      },
    },
  },
  'shows no token when it is inspected or turned into JSON': {
    'keeps the tokens that were rejected in a public field': {
      getToken: (getToken, source) => (options) => {
        Object.assign(source, { rejected: options?.rejectedToken });
        return getToken(options);
      },
    },
    'is printed as its token': (source) => {
      Object.defineProperty(source, 'toString', { value: () => source.peek() ?? '' });
    },
  },
};
