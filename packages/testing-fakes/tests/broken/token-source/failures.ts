import type { FaultsByCase } from '../../support/broken-promises.ts';
import type { ModelTokenSource } from '../../support/model-token-source.ts';
import { firstFailure, forgetWork, keepAlive } from '../habits.ts';

/** Sources that are wrong while their endpoint rejects every request. */
export const brokenFailures: FaultsByCase<ModelTokenSource> = {
  'rejects for all who wait when the request fails, without a storm of requests': {
    'makes a request for each caller while requests fail': {
      refresh: (refresh, source) => () => (source.rejection === undefined ? refresh() : source.request()),
    },
    'swallows the error of a request': {
      getToken: (getToken, source) => (options) =>
        getToken(options).catch((error: unknown) => {
          if (error !== source.rejection) throw error;
          return '';
        }),
    },
    'tries three times before it gives up': {
      answer: (answer) => () =>
        answer()
          .catch(() => answer())
          .catch(() => answer()),
    },
  },
  'keeps a good token when a forced refresh fails': {
    'drops a good token when a refresh fails': {
      request: (request, source) => () =>
        request().catch((error: unknown) => {
          source.hold(undefined);
          throw error;
        }),
    },
    'rejects with the last error while it has a token': {
      getToken: (getToken, source) => async (options) => {
        if (source.rejection !== undefined) throw source.rejection;
        return await getToken(options);
      },
    },
  },
  'rejects, and serves no expired token, when the refresh after its end fails': {
    'serves a token that is over when no other can be had': {
      getToken: (getToken) => {
        let last: string | undefined;
        return async (options) => {
          try {
            return (last = await getToken(options));
          } catch (error) {
            if (last === undefined || options !== undefined) throw error;
            return last;
          }
        };
      },
    },
  },
  'rejects with an error that has a message and shows no token': {
    'gives the token of before when a forced refresh fails': {
      getToken: (getToken, source) => (options) => getToken(options).catch(() => source.peek() ?? ''),
    },
    'shows its token in its error': {
      answer: (answer, source) => () =>
        answer().catch(() => {
          throw new Error('the endpoint fails', { cause: { authorization: source.peek() } });
        }),
    },
  },
  'leaves no rejection unhandled when all callers have left before the request fails': {
    'leaves the request unhandled when all callers have left': (source) => {
      source.refresh = () =>
        source.flight === undefined && source.rejection !== undefined
          ? Promise.reject(source.rejection)
          : (source.flight ??= source.request());
      forgetWork(source);
    },
  },
  'never serves an expired token, and asks for nothing by being peeked at': {
    'refreshes when it is peeked at after the end': {
      peek: (peek, source) => () => {
        const token = peek();
        if (token === undefined && source.endpoint.requests > 0) void source.refresh().catch(() => undefined);
        return token;
      },
    },
  },
  'keeps no process alive': {
    'has an interval after a failure': {
      answer: (answer) => () =>
        answer().catch((error: unknown) => {
          throw keepAlive(() => error)();
        }),
    },
    'has an interval that keeps the process alive': { request: keepAlive },
  },
  'calls its subscribers with each new token, until they leave, and when they come again': {
    'tells its subscribers the old token again when a request fails': {
      request: (request, source) => () =>
        request().catch((error: unknown) => {
          source.publish(source.peek() ?? '');
          throw error;
        }),
    },
  },
  'gives a token when the endpoint answers again, however often it has failed': {
    'remembers its first failure for ever': { request: firstFailure },
  },
};
