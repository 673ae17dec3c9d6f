import type { FaultsByCase } from '../../support/broken-promises.ts';
import type { ModelTokenSource } from '../../support/model-token-source.ts';
import { askOften } from './serving.ts';

/** Sources that are wrong about a token that was rejected. */
export const brokenRejections: FaultsByCase<(source: ModelTokenSource) => void> = {
  'gives the current token at once when it is another than the rejected one already': {
    'makes a request for whatever token is rejected': refreshAtRejection,
    'refreshes behind a rejection of another token': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = async (options) => {
        const token = await getToken(options);
        if (options?.rejectedToken !== undefined) source.refresh().catch(() => undefined);
        return token;
      };
    },
  },
  'gets the first token for a caller who rejects one of another time': {
    'has no token for a rejection before the first': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        options?.rejectedToken !== undefined && source.peek() === undefined
          ? Promise.resolve('')
          : getToken(options);
    },
    'asks for a token before it looks at the rejected one': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = async (options) => {
        if (options?.rejectedToken !== undefined) await getToken();
        return await getToken({ ...options, forceRefresh: options?.rejectedToken !== undefined });
      };
    },
  },
  'calls its subscribers once with the token that replaced a rejected one': {
    'tells each token twice': (source) => {
      const publish = source.publish.bind(source);
      source.publish = (token) => {
        publish(token);
        publish(token);
      };
    },
    'tells the token of before': (source) => {
      const publish = source.publish.bind(source);
      let before = '';
      source.publish = (token) => {
        publish(before);
        before = token;
      };
    },
  },
  'lets one caller leave who rejected a token, and gets another for the rest': {
    'lets nobody leave who rejected a token': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        getToken(options?.rejectedToken === undefined ? options : { ...options, signal: undefined });
    },
    'gives the rejected token to the rest': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        options?.rejectedToken === undefined || options.signal !== undefined
          ? getToken(options)
          : Promise.resolve(options.rejectedToken);
    },
  },
  'makes one request for all who reject the same token, and gives all the new one': {
    'has no token for who rejects one': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        options?.rejectedToken === undefined ? getToken(options) : Promise.reject(new Error('none'));
    },
    'asks once more for each rejection': askOften,
    'ignores rejectedToken': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => getToken({ ...options, rejectedToken: undefined });
    },
    'makes a request for each rejection': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        options?.rejectedToken !== undefined && options.rejectedToken === source.peek()
          ? source.request()
          : getToken(options);
    },
  },
  'makes no request for a late rejection of an old token': {
    'takes rejectedToken for forceRefresh': refreshAtRejection,
    'refreshes behind a late rejection': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = async (options) => {
        const isLate = source.flight === undefined && options?.rejectedToken !== source.peek();
        const token = await getToken(options);
        if (isLate && options?.rejectedToken !== undefined) source.refresh().catch(() => undefined);
        return token;
      };
    },
  },
  'gives everybody else the current token while it gets another': {
    'serves everybody the other token': waitForFlight,
    'drops the token that was rejected for everybody': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) => {
        if (options?.rejectedToken === source.peek()) source.hold(undefined);
        return getToken(options);
      };
    },
  },
  'lets nobody else wait while the request for another token is not answered': {
    'lets everybody wait while it gets another token': waitForFlight,
  },
  'rejects for the caller that rejected it when no other comes, and keeps the current token for everybody else':
    {
      'drops the token that was rejected when no other can be had': (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          getToken(options).catch((error: unknown) => {
            if (options?.rejectedToken !== undefined) source.hold(undefined);
            throw error;
          });
      },
      'gives the rejected token after all when no other can be had': (source) => {
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          getToken(options).catch((error: unknown) => {
            if (options?.rejectedToken === undefined) throw error;
            return options.rejectedToken;
          });
      },
    },
  'makes no storm of requests of rejections while requests fail': {
    'gives the rejected token to who rejects it again': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        source.rejection === undefined ? getToken(options) : Promise.resolve(options?.rejectedToken ?? '');
    },
    'lets rejections past its backoff': (source) => {
      const getToken = source.getToken.bind(source);
      let rejections = 0;
      source.getToken = (options) => {
        if (options?.rejectedToken !== undefined && source.flight === undefined && rejections++ % 10 === 0)
          source.rejection = undefined;
        return getToken(options);
      };
      const refresh = source.refresh.bind(source);
      source.refresh = () => {
        if (source.flight === undefined && source.rejection === undefined) return refresh();
        return source.rejection === undefined ? refresh() : source.request();
      };
    },
  },
};

function waitForFlight(source: ModelTokenSource): void {
  const getToken = source.getToken.bind(source);
  source.getToken = (options) => source.flight ?? getToken(options);
}

function refreshAtRejection(source: ModelTokenSource): void {
  const getToken = source.getToken.bind(source);
  source.getToken = (options) =>
    getToken({
      ...options,
      forceRefresh: options?.forceRefresh === true || options?.rejectedToken !== undefined,
    });
}
