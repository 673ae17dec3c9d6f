import { inspect } from 'node:util';
import { afterTurns } from '../../../src/host-time.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';
import type { ModelTokenSource } from '../../support/model-token-source.ts';
import { endAllWaits, leaveListener, lookLate } from '../waits.ts';

/** Sources that give tokens in a wrong way. */
export const brokenServing: FaultsByCase<(source: ModelTokenSource) => void> = {
  'sets nothing off by being made, peeked at or subscribed to': {
    'asks for a token for its subscriber': (source) => {
      const subscribe = source.subscribe.bind(source);
      source.subscribe = (listener) => {
        source.refresh().catch(() => undefined);
        return subscribe(listener);
      };
    },
    'peeks by a request': (source) => {
      const peek = source.peek.bind(source);
      source.peek = () => {
        const token = peek();
        if (token === undefined) void source.refresh().catch(() => undefined);
        return token;
      };
    },
    'asks for a token when it is made': (source) => {
      void source.refresh();
    },
  },
  'peeks at nothing before the first token': {
    'gives an empty text where there is no token': (source) => {
      const peek = source.peek.bind(source);
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => {
        source.peek = peek;
        return getToken(options);
      };
      source.peek = () => '';
    },
  },
  'never serves a token that is over': {
    'gives a token that is over': (source) => {
      const getToken = source.getToken.bind(source);
      let last: string | undefined;
      source.getToken = async () => (last ??= await getToken());
    },
    'peeks at a token that is over': (source) => {
      const peek = source.peek.bind(source);
      let last: string | undefined;
      const getToken = source.getToken.bind(source);
      source.getToken = async (options) => {
        source.peek = peek;
        try {
          return (last = await getToken(options));
        } finally {
          source.peek = () => last;
        }
      };
    },
  },
  'gives a token that fits into a header': {
    'gives nothing for a token': (source) => {
      source.getToken = () => Promise.resolve(undefined as unknown as string);
    },
    'gives a token with its scheme': (source) => {
      const answer = source.endpoint.answer.bind(source.endpoint);
      source.endpoint.answer = async () => `Bearer ${await answer()}`;
    },
    'gives the line break at the end of what it read': (source) => {
      const answer = source.endpoint.answer.bind(source.endpoint);
      source.endpoint.answer = async () => `${await answer()}\n`;
    },
  },
  'makes one request for all who ask at the same time': {
    'makes a request for each caller': (source) => {
      source.refresh = () =>
        source.rejection === undefined ? source.request() : Promise.reject(source.rejection);
    },
    'asks once more for each caller who waits': askOften,
  },
  'serves the token it has, asynchronously and synchronously, with no further request': {
    'peeks at nothing': (source) => {
      source.peek = () => undefined;
    },
    'caches nothing': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => getToken({ ...options, forceRefresh: true });
    },
    'refreshes a good token behind each time, at an endpoint that is far away': (source) => {
      const { endpoint } = source;
      const answer = endpoint.answer.bind(endpoint);
      endpoint.answer = async () => {
        await afterTurns(20);
        return await answer();
      };
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => {
        if (source.peek() !== undefined) source.refresh().catch(() => undefined);
        return getToken(options);
      };
    },
    'serves a good token and refreshes it behind each time': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => {
        const token = getToken(options);
        if (source.peek() !== undefined) source.refresh().catch(() => undefined);
        return token;
      };
    },
  },
  'gets a new token when one is forced, with one request for all who force it': {
    'keeps a token that was forced from everybody else': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = async (options) => {
        const current = source.peek();
        const token = await getToken(options);
        if (current !== undefined) source.hold(current);
        return token;
      };
    },
    'asks once more for each caller who forces': askOften,
    'ignores forceRefresh': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => getToken({ ...options, forceRefresh: false });
    },
  },
  'takes options that are undefined for options that are not given': {
    'takes the presence of an option for its value': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        getToken({ ...options, forceRefresh: options !== undefined && 'forceRefresh' in options });
    },
  },
  'rejects a caller who has left already, with the reason of the signal and no request': {
    'ignores the signal': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => getToken({ ...options, signal: undefined });
    },
    'asks first and looks at the signal of a caller who has left afterwards': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => {
        if (source.peek() === undefined) source.refresh().catch(() => undefined);
        return getToken(options);
      };
    },
  },
  'lets one caller leave without ending the request of the others': {
    'looks at the signal only when it is called': (source) => {
      source.untilLeft = (work) => work;
    },
    'lets the signal of the first caller end the request of all': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => {
        const request = source.request.bind(source);
        source.request = () => source.untilLeft(request(), options?.signal);
        return getToken(options).finally(() => (source.request = request));
      };
    },
    'rejects with an error of its own for a caller who left': (source) => {
      const untilLeft = source.untilLeft.bind(source);
      source.untilLeft = (work, signal) =>
        untilLeft(work, signal).catch((error: unknown) => {
          throw signal?.aborted === true ? new Error('aborted') : error;
        });
    },
  },
  'lets a caller leave who joined the request of another': {
    'lets nobody leave who joined a request': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        getToken(source.flight === undefined ? options : { ...options, signal: undefined });
    },
    'ends the wait of all when one of them leaves': endAllWaits,
  },
  'lets a caller leave while the request is not answered': {
    'gives an empty token to a caller who left': (source) => {
      const untilLeft = source.untilLeft.bind(source);
      source.untilLeft = (work, signal) =>
        untilLeft(work, signal).catch((error: unknown) => {
          if (signal?.aborted !== true) throw error;
          return '';
        });
    },
    'looks at the signal when the response has come': lookLate,
    'gives the next caller the error of the one who left': (source) => {
      const getToken = source.getToken.bind(source);
      let first: Promise<string> | undefined;
      source.getToken = (options) => (first ??= getToken(options));
    },
  },
  'leaves no listener on the signal of a caller who goes on': {
    'leaves its listener on the signal': leaveListener,
  },
  'prints no token': {
    'prints its token for those who debug': (source) => {
      const publish = source.publish.bind(source);
      source.publish = (token) => {
        console.debug({ token });
        publish(token);
      };
    },
  },
  'shows no token when it is inspected, printed or turned into JSON': {
    'keeps its token in a public field': (source) => {
      const hold = source.hold.bind(source);
      source.hold = (token) => {
        Object.assign(source, { current: token });
        hold(token);
      };
    },
    'hides its token from inspect alone': (source) => {
      const hold = source.hold.bind(source);
      source.hold = (token) => {
        Object.assign(source, { current: token, [inspect.custom]: () => 'a token source' });
        hold(token);
      };
    },
    'is printed as its token': (source) => {
      Object.defineProperty(source, 'toString', { value: () => source.peek() ?? '' });
    },
  },
};

export function askOften(source: ModelTokenSource): void {
  const refresh = source.refresh.bind(source);
  source.refresh = () => {
    if (source.flight !== undefined) source.endpoint.answer().catch(() => undefined);
    return refresh();
  };
}
