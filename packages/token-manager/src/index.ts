export type { BasicEncoding, ClientAssertion, ClientAssertionContext, ClientAuth } from './client-auth.ts';
export type { ClientCredentials, CredentialSource } from './credential-source.ts';
export {
  TokenManagerErrorCode,
  type TokenManagerErrorKind,
  TokenManagerError,
  TokenRequestError,
  type TokenRequestFailure,
} from './errors.ts';
export type {
  CredentialsRejectedEvent,
  RefreshFailedEvent,
  TokenExpiredEvent,
  TokenManagerEvents,
  TokenRefreshedEvent,
} from './events.ts';
export type { FetchLike } from './http-transport.ts';
export type { ClientIdentity, TokenManagerOptions, TokenRequestOptions } from './options.ts';
export { type ProviderOptions, providers } from './providers.ts';
export { TokenManager } from './token-manager.ts';
export type { GetTokenOptions, TokenSource } from './token-source.ts';
