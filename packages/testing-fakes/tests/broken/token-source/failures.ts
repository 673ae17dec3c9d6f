import type { FaultsByCase } from '../../support/broken-promises.ts';
import type { ModelTokenSource } from '../../support/model-token-source.ts';

/** Sources that are wrong while their endpoint rejects every request. */
export const brokenFailures: FaultsByCase<(source: ModelTokenSource) => void> = {
  'rejects for all who wait when the request fails, without a storm of requests': {
    'makes a request for each caller while requests fail': (source) => {
      const refresh = source.refresh.bind(source);
      source.refresh = () => (source.rejection === undefined ? refresh() : source.request());
    },
    'gives every other caller an empty token': (source) => {
      const getToken = source.getToken.bind(source);
      let callers = 0;
      source.getToken = async (options) =>
        callers++ % 2 === 0 ? await getToken(options) : await getToken(options).catch(() => '');
    },
    'gives later callers an empty token': (source) => {
      const refresh = source.refresh.bind(source);
      source.refresh = () => (source.rejection === undefined ? refresh() : Promise.resolve(''));
    },
    'swallows the error of a request': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        getToken(options).catch((error: unknown) => {
          if (error !== source.rejection) throw error;
          return '';
        });
    },
  },
  'keeps a good token when a forced refresh fails': {
    'drops a good token when a refresh fails': (source) => {
      const request = source.request.bind(source);
      source.request = () =>
        request().catch((error: unknown) => {
          source.hold(undefined);
          throw error;
        });
    },
  },
  'rejects, and serves no token that is over, when the refresh after its end fails': {
    'serves a token that is over when no other can be had': (source) => {
      const getToken = source.getToken.bind(source);
      let last: string | undefined;
      source.getToken = async (options) => {
        try {
          return (last = await getToken(options));
        } catch (error) {
          if (last === undefined || options !== undefined) throw error;
          return last;
        }
      };
    },
  },
  'calls no subscriber when a request fails': {
    'tells its subscribers the old token again when a request fails': (source) => {
      const request = source.request.bind(source);
      source.request = () =>
        request().catch((error: unknown) => {
          source.publish(source.peek() ?? '');
          throw error;
        });
    },
  },
  'rejects with an error that has a message and shows no token': {
    'gives the token of before when a forced refresh fails': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => getToken(options).catch(() => source.peek() ?? '');
    },
    'shows its token in its error': (source) => {
      const answer = source.endpoint.answer.bind(source.endpoint);
      source.endpoint.answer = () =>
        answer().catch(() => {
          throw new Error('the endpoint fails', { cause: { authorization: source.peek() } });
        });
    },
  },
  'leaves no rejection unhandled when all callers have left before the request fails': {
    'leaves the request unhandled when all callers have left': (source) => {
      source.refresh = () => {
        if (source.flight === undefined && source.rejection !== undefined)
          return Promise.reject(source.rejection);
        return (source.flight ??= source.request());
      };
      source.untilLeft = async (work, signal) => {
        if (signal === undefined) return await work;
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        throw signal.reason;
      };
    },
  },
  'gets a token again once the endpoint answers again': {
    'remembers its first failure for ever': (source) => {
      let first: Promise<string> | undefined;
      const request = source.request.bind(source);
      source.request = () => {
        const flight = first ?? request();
        flight.catch(() => (first = flight));
        return flight;
      };
    },
  },
};
