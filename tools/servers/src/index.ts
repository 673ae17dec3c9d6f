export { cacheFolder } from './cache.ts';
export { type Found, UnavailableError } from './lookup.ts';
export { type RunningServer, ServerStartError, type StartOptions } from './running-server.ts';
export { temporalCliPath } from './temporal-cli.ts';
export {
  startTemporalDevServer,
  type TemporalDevServer,
  type TemporalDevServerOptions,
} from './temporal-dev-server.ts';
