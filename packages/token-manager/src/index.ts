export {
  type BasicEncoding,
  type ClientAssertion,
  type ClientAssertionContext,
  type ClientAuth,
} from './client-auth.ts';
export { type ClientCredentials, type CredentialSource } from './credential-source.ts';
export {
  TokenErrorCode,
  type TokenErrorKind,
  TokenManagerError,
  TokenRequestError,
  type TokenRequestFailure,
} from './errors.ts';
export {
  type CredentialsRejectedEvent,
  type RefreshFailedEvent,
  type TokenExpiredEvent,
  type TokenManagerEvents,
  type TokenRefreshedEvent,
} from './events.ts';
export { type FetchLike } from './http-transport.ts';
export { type ClientIdentity, type TokenManagerOptions, type TokenRequestOptions } from './options.ts';
export { TokenManager } from './token-manager.ts';
export { type GetTokenOptions, type TokenSource } from './token-source.ts';
