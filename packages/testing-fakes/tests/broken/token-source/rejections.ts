import type { Change, FaultsByCase } from '../../support/broken-promises.ts';
import type { ModelTokenSource } from '../../support/model-token-source.ts';
import { askOften } from './serving.ts';

const waitForFlight: Change<ModelTokenSource> = {
  getToken: (getToken, source) => (options) => source.flight ?? getToken(options),
};

const refreshAtRejection: Change<ModelTokenSource> = {
  getToken: (getToken) => (options) =>
    getToken({
      ...options,
      forceRefresh: options?.forceRefresh === true || options?.rejectedToken !== undefined,
    }),
};

/** Sources that are wrong about a token that was rejected. */
export const brokenRejections: FaultsByCase<ModelTokenSource> = {
  'makes one request for all who reject the same token, and gives all the new one': {
    'asks once more for each rejection': askOften,
    'ignores rejectedToken': {
      getToken: (getToken) => (options) => getToken({ ...options, rejectedToken: undefined }),
    },
    'makes a request for each rejection': {
      getToken: (getToken, source) => (options) =>
        options?.rejectedToken !== undefined && options.rejectedToken === source.peek()
          ? source.request()
          : getToken(options),
    },
  },
  'makes no request for a late rejection of an old token': {
    'takes rejectedToken for forceRefresh': refreshAtRejection,
    'refreshes behind a late rejection': {
      getToken: (getToken, source) => async (options) => {
        const isLate = source.flight === undefined && options?.rejectedToken !== source.peek();
        const token = await getToken(options);
        if (isLate && options?.rejectedToken !== undefined) source.refresh().catch(() => undefined);
        return token;
      },
    },
  },
  'gives everybody else the current token while it gets another': {
    'serves everybody the other token': waitForFlight,
    'drops the token that was rejected for everybody': {
      getToken: (getToken, source) => (options) => {
        if (options?.rejectedToken === source.peek()) source.hold(undefined);
        return getToken(options);
      },
    },
  },
  'lets nobody else wait while the request for another token is not answered': {
    'lets who rejects an old token wait for the request that is under way': {
      getToken: (getToken, source) => async (options) => {
        if (options?.rejectedToken !== undefined && source.flight !== undefined) await source.flight;
        return await getToken(options);
      },
    },
    'lets everybody wait while it gets another token': waitForFlight,
  },
  'rejects for the caller that rejected it when no other comes, and keeps the current token for everybody else':
    {
      'drops the token that was rejected when no other can be had': {
        getToken: (getToken, source) => (options) =>
          getToken(options).catch((error: unknown) => {
            if (options?.rejectedToken !== undefined) source.hold(undefined);
            throw error;
          }),
      },
      'gives the rejected token after all when no other can be had': {
        getToken: (getToken) => (options) =>
          getToken(options).catch((error: unknown) => {
            if (options?.rejectedToken === undefined) throw error;
            return options.rejectedToken;
          }),
      },
    },
  'makes no storm of requests of rejections while requests fail': {
    'gives the rejected token to who rejects it again': {
      getToken: (getToken, source) => (options) =>
        source.rejection === undefined ? getToken(options) : Promise.resolve(options?.rejectedToken ?? ''),
    },
    'lets rejections past its backoff': {
      getToken: (getToken, source) => {
        let rejections = 0;
        return (options) => {
          if (options?.rejectedToken !== undefined && source.flight === undefined && rejections++ % 10 === 0)
            source.rejection = undefined;
          return getToken(options);
        };
      },
      refresh: (refresh, source) => () => (source.rejection === undefined ? refresh() : source.request()),
    },
  },
  'takes what a caller knows of the rejected token, and gives another one': {
    'keeps a token that is denied': {
      getToken: (getToken) => (options) =>
        getToken(options?.rejectedAs === 'denied' ? { ...options, rejectedToken: undefined } : options),
    },
  },
  'bears listeners that throw, reject or never settle, and calls all others': {
    'tells each token twice': {
      publish: (publish) => (token) => {
        publish(token);
        publish(token);
      },
    },
  },
  'calls its subscribers with each new token, until they leave, and when they come again': {
    'tells the token of before': {
      publish: (publish) => {
        let before = '';
        return (token) => {
          publish(before);
          before = token;
        };
      },
    },
  },
  'lets callers leave while the request is not answered, and gives the next one a token': {
    'lets nobody leave who rejected a token': {
      getToken: (getToken) => (options) =>
        getToken(options?.rejectedToken === undefined ? options : { ...options, signal: undefined }),
    },
  },
  'makes one request for all who ask at the same time, whatever their options': {
    'gives the rejected token to the rest': {
      getToken: (getToken) => (options) =>
        options?.rejectedToken === undefined || options.signal !== undefined
          ? getToken(options)
          : Promise.resolve(options.rejectedToken),
    },
  },
};
