import type { BrokenTokenSource } from './broken-token-source.ts';

/** Sources that are wrong while their endpoint refuses every request. */
export function brokenFailures(): readonly BrokenTokenSource[] {
  return [
    {
      fault: 'makes a request for each caller while requests fail',
      caughtBy: 'rejects for all who wait when the request fails, without a storm of requests',
      breakIt: (source) => {
        const renew = source.renew.bind(source);
        source.renew = () => (source.refusal === undefined ? renew() : source.request());
      },
    },
    {
      fault: 'swallows the error of a request',
      caughtBy: 'rejects for all who wait when the request fails, without a storm of requests',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          getToken(options).catch((error: unknown) => {
            if (error !== source.refusal) throw error;
            return '';
          });
      },
    },
    {
      fault: 'drops a good token when a refresh fails',
      caughtBy: 'keeps a good token when a forced refresh fails',
      breakIt: (source) => {
        const request = source.request.bind(source);
        source.request = () =>
          request().catch((error: unknown) => {
            source.hold(undefined);
            throw error;
          });
      },
    },
    {
      fault: 'serves a token that is over when no other can be had',
      caughtBy: 'rejects, and serves no token that is over, when the refresh after its end fails',
      breakIt: (source) => {
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
    {
      fault: 'tells its subscribers the old token again when a request fails',
      caughtBy: 'tells its subscribers nothing when a request fails',
      breakIt: (source) => {
        const request = source.request.bind(source);
        source.request = () =>
          request().catch((error: unknown) => {
            source.publish(source.peek() ?? '');
            throw error;
          });
      },
    },
    {
      fault: 'shows its token in its error',
      caughtBy: 'rejects with an error that has a message and shows no token',
      breakIt: (source) => {
        const answer = source.endpoint.answer.bind(source.endpoint);
        source.endpoint.answer = () =>
          answer().catch(() => {
            throw new Error('the endpoint fails', { cause: { authorization: source.peek() } });
          });
      },
    },
    {
      fault: 'leaves the request unhandled when all callers have left',
      caughtBy: 'leaves no rejection unhandled when all callers have left before the request fails',
      breakIt: (source) => {
        source.renew = () => {
          if (source.flight === undefined && source.refusal !== undefined)
            return Promise.reject(source.refusal);
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
    {
      fault: 'remembers its first failure for ever',
      caughtBy: 'gets a token again once the endpoint answers again',
      breakIt: (source) => {
        let first: Promise<string> | undefined;
        const request = source.request.bind(source);
        source.request = () => {
          const flight = first ?? request();
          flight.catch(() => (first = flight));
          return flight;
        };
      },
    },
  ];
}
