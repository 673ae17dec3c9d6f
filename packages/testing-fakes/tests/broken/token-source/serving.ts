import { inspect } from 'node:util';
import type { BrokenTokenSource } from './broken-token-source.ts';

/** Sources that give tokens in a wrong way. */
export function brokenServing(): readonly BrokenTokenSource[] {
  return [
    {
      fault: 'peeks by a request',
      caughtBy: 'sets nothing off by being made, peeked at or subscribed to',
      breakIt: (source) => {
        const peek = source.peek.bind(source);
        source.peek = () => {
          const token = peek();
          if (token === undefined) void source.renew().catch(() => undefined);
          return token;
        };
      },
    },
    {
      fault: 'asks for a token when it is made',
      caughtBy: 'sets nothing off by being made, peeked at or subscribed to',
      breakIt: (source) => {
        void source.renew();
      },
    },
    {
      fault: 'gives an empty text where there is no token',
      caughtBy: 'peeks at nothing before the first token',
      breakIt: (source) => {
        const peek = source.peek.bind(source);
        const getToken = source.getToken.bind(source);
        source.getToken = (options) => {
          source.peek = peek;
          return getToken(options);
        };
        source.peek = () => '';
      },
    },
    {
      fault: 'peeks at a token that is over',
      caughtBy: 'never serves a token that is over',
      breakIt: (source) => {
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
    {
      fault: 'gives a token with its scheme',
      caughtBy: 'gives a token that fits into a header',
      breakIt: (source) => {
        const answer = source.endpoint.answer.bind(source.endpoint);
        source.endpoint.answer = async () => `Bearer ${await answer()}`;
      },
    },
    {
      fault: 'gives the line break at the end of what it read',
      caughtBy: 'gives a token that fits into a header',
      breakIt: (source) => {
        const answer = source.endpoint.answer.bind(source.endpoint);
        source.endpoint.answer = async () => `${await answer()}\n`;
      },
    },
    {
      fault: 'makes a request for each caller',
      caughtBy: 'makes one request for all who ask at the same time',
      breakIt: (source) => {
        source.renew = () =>
          source.refusal === undefined ? source.request() : Promise.reject(source.refusal);
      },
    },
    {
      fault: 'caches nothing',
      caughtBy: 'serves the token it has, asynchronously and synchronously, with no further request',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) => getToken({ ...options, forceRefresh: true });
      },
    },
    {
      fault: 'serves a good token and renews it behind each time',
      caughtBy: 'serves the token it has, asynchronously and synchronously, with no further request',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) => {
          const token = getToken(options);
          if (source.peek() !== undefined) source.renew().catch(() => undefined);
          return token;
        };
      },
    },
    {
      fault: 'ignores forceRefresh',
      caughtBy: 'gets a new token when one is forced, with one request for all who force it',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) => getToken({ ...options, forceRefresh: false });
      },
    },
    {
      fault: 'takes the presence of an option for its value',
      caughtBy: 'takes options that are undefined for options that are not given',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          getToken({ ...options, forceRefresh: options !== undefined && 'forceRefresh' in options });
      },
    },
    {
      fault: 'ignores the signal',
      caughtBy: 'refuses a caller who has left already, with the reason of the signal and no request',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) => getToken({ ...options, signal: undefined });
      },
    },
    {
      fault: 'looks at the signal only when it is called',
      caughtBy: 'lets one caller leave without ending the request of the others',
      breakIt: (source) => {
        source.untilLeft = (work) => work;
      },
    },
    {
      fault: 'lets the signal of the first caller end the request of all',
      caughtBy: 'lets one caller leave without ending the request of the others',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) => {
          const request = source.request.bind(source);
          source.request = () => source.untilLeft(request(), options?.signal);
          return getToken(options).finally(() => (source.request = request));
        };
      },
    },
    {
      fault: 'rejects with an error of its own for a caller who left',
      caughtBy: 'lets one caller leave without ending the request of the others',
      breakIt: (source) => {
        const untilLeft = source.untilLeft.bind(source);
        source.untilLeft = (work, signal) =>
          untilLeft(work, signal).catch((error: unknown) => {
            throw signal?.aborted === true ? new Error('aborted') : error;
          });
      },
    },
    {
      fault: 'asks first and looks at the signal of a caller who has left afterwards',
      caughtBy: 'refuses a caller who has left already, with the reason of the signal and no request',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) => {
          if (source.peek() === undefined) source.renew().catch(() => undefined);
          return getToken(options);
        };
      },
    },
    {
      fault: 'leaves its listener on the signal',
      caughtBy: 'leaves no listener on the signal of a caller who goes on',
      breakIt: (source) => {
        const untilLeft = source.untilLeft.bind(source);
        source.untilLeft = (work, signal) => {
          signal?.addEventListener('abort', () => undefined);
          return untilLeft(work, signal);
        };
      },
    },
    {
      fault: 'prints its token for those who debug',
      caughtBy: 'prints no token',
      breakIt: (source) => {
        const publish = source.publish.bind(source);
        source.publish = (token) => {
          console.debug({ token });
          publish(token);
        };
      },
    },
    {
      fault: 'keeps its token in a public field',
      caughtBy: 'shows no token when it is inspected, printed or turned into JSON',
      breakIt: (source) => {
        const hold = source.hold.bind(source);
        source.hold = (token) => {
          Object.assign(source, { current: token });
          hold(token);
        };
      },
    },
    {
      fault: 'hides its token from inspect alone',
      caughtBy: 'shows no token when it is inspected, printed or turned into JSON',
      breakIt: (source) => {
        const hold = source.hold.bind(source);
        source.hold = (token) => {
          Object.assign(source, { current: token, [inspect.custom]: () => 'a token source' });
          hold(token);
        };
      },
    },
    {
      fault: 'is printed as its token',
      caughtBy: 'shows no token when it is inspected, printed or turned into JSON',
      breakIt: (source) => {
        Object.defineProperty(source, 'toString', { value: () => source.peek() ?? '' });
      },
    },
  ];
}
