import type * as http from 'node:http';

/**
 * Modules of Node that are loaded with the first request: importing this package loads none of them. Kept, since an `import()` costs a tenth of
 * a request even when its module is loaded.
 */
export const nodeModules = {
  http: once((): Promise<typeof http> => import('node:http')),
  https: once(() => import('node:https')),
  stream: once(() => import('node:stream')),
  // eslint-disable-next-line no-restricted-imports -- for a turn of the event loop, which is no time
  timers: once(() => import('node:timers')),
  zlib: once(() => import('node:zlib')),
};

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => (loading ??= load());
}
