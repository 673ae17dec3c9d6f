// The entry of services that have a client and no worker: nothing here loads or names `@temporalio/worker`.
export { AtlanAuthClient } from './facade/atlan-auth-client.ts';
export { type ClientAuthPlugin, temporalAuth } from './client-plugin.ts';
export { authInterceptor, type AuthInterceptorOptions } from './connection/auth-interceptor.ts';
export {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
  TemporalAuthError,
  TemporalAuthErrorCode,
} from './errors/temporal-auth-error.ts';
export type {
  ApplicationCredentials,
  ApplicationCredentialSource,
  AtlanAuthClientOptions,
  ClientAuthOptions,
  TlsOptions,
} from './settings/auth-options.ts';
export type { AuthHealth, ClientHealth } from './health/client-health.ts';
export { healthHandler, type HealthHandlerOptions } from './health/health-handler.ts';
