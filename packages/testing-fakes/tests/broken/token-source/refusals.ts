import type { FaultsByCase } from '../../support/broken-promises.ts';
import type { ModelTokenSource } from '../../support/model-token-source.ts';

/** Sources that are wrong about a token that was refused. */
export const brokenRefusals: FaultsByCase<(source: ModelTokenSource) => void> = {
  'makes one request for all who refuse the same token, and gives all the new one': {
    'ignores rejectedToken': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => getToken({ ...options, rejectedToken: undefined });
    },
    'makes a request for each refusal': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        options?.rejectedToken !== undefined && options.rejectedToken === source.peek()
          ? source.request()
          : getToken(options);
    },
  },
  'makes no request for a late refusal of an old token': {
    'takes rejectedToken for forceRefresh': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        getToken({
          ...options,
          forceRefresh: options?.forceRefresh === true || options?.rejectedToken !== undefined,
        });
    },
  },
  'gives everybody else the current token while it gets another': {
    'drops the token that was refused for everybody': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => {
        if (options?.rejectedToken === source.peek()) source.hold(undefined);
        return getToken(options);
      };
    },
  },
  'lets nobody else wait while the request for another token is not answered': {
    'lets everybody wait while it gets another token': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = async (options) => (await source.flight) ?? (await getToken(options));
    },
  },
  'rejects for the caller that refused it when no other comes, and keeps the current token for everybody else':
    {
      'drops the token that was refused when no other can be had': (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          getToken(options).catch((error: unknown) => {
            if (options?.rejectedToken !== undefined) source.hold(undefined);
            throw error;
          });
      },
      'gives the refused token after all when no other can be had': (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          getToken(options).catch((error: unknown) => {
            if (options?.rejectedToken === undefined) throw error;
            return options.rejectedToken;
          });
      },
    },
  'makes no storm of requests of refusals while requests fail': {
    'lets refusals past its backoff': (source) => {
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
};
