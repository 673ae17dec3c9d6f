import type { BrokenTokenSource } from './broken-token-source.ts';

/** Sources that are wrong about a token that was refused. */
export function brokenRefusals(): readonly BrokenTokenSource[] {
  return [
    {
      fault: 'ignores rejectedToken',
      caughtBy: 'makes one request for all who refuse the same token, and gives all the new one',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) => getToken({ ...options, rejectedToken: undefined });
      },
    },
    {
      fault: 'takes rejectedToken for forceRefresh',
      caughtBy: 'makes no request for a late refusal of an old token',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          getToken({
            ...options,
            forceRefresh: options?.forceRefresh === true || options?.rejectedToken !== undefined,
          });
      },
    },
    {
      fault: 'drops the token that was refused for everybody',
      caughtBy: 'gives everybody else the current token while it gets another',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) => {
          if (options?.rejectedToken === source.peek()) source.hold(undefined);
          return getToken(options);
        };
      },
    },
    {
      fault: 'lets everybody wait while it gets another token',
      caughtBy: 'lets nobody else wait while the request for another token is not answered',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = async (options) => (await source.flight) ?? (await getToken(options));
      },
    },
    {
      fault: 'drops the token that was refused when no other can be had',
      caughtBy:
        'rejects for who refused it when no other can be had, and keeps the current token for everybody else',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          getToken(options).catch((error: unknown) => {
            if (options?.rejectedToken !== undefined) source.hold(undefined);
            throw error;
          });
      },
    },
    {
      fault: 'gives the refused token after all when no other can be had',
      caughtBy:
        'rejects for who refused it when no other can be had, and keeps the current token for everybody else',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          getToken(options).catch((error: unknown) => {
            if (options?.rejectedToken === undefined) throw error;
            return options.rejectedToken;
          });
      },
    },
    {
      fault: 'makes a request for each refusal',
      caughtBy: 'makes one request for all who refuse the same token, and gives all the new one',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          options?.rejectedToken !== undefined && options.rejectedToken === source.peek()
            ? source.request()
            : getToken(options);
      },
    },
    {
      fault: 'lets refusals past its backoff',
      caughtBy: 'makes no storm of requests of refusals while requests fail',
      breakIt: (source) => {
        const getToken = source.getToken.bind(source);
        let refusals = 0;
        source.getToken = (options) => {
          if (options?.rejectedToken !== undefined && source.flight === undefined && refusals++ % 10 === 0)
            source.refusal = undefined;
          return getToken(options);
        };
        const renew = source.renew.bind(source);
        source.renew = () => {
          if (source.flight === undefined && source.refusal === undefined) return renew();
          return source.refusal === undefined ? renew() : source.request();
        };
      },
    },
  ];
}
