export type { BasicEncoding, ClientAssertion, ClientAssertionContext, ClientAuth } from './client-auth.ts';
export {
  TokenManagerErrorCode,
  type TokenManagerErrorKind,
  TokenManagerError,
  type TokenManagerErrorOptions,
  TokenRequestError,
  type TokenRequestErrorOptions,
} from './errors.ts';
export type {
  CredentialsReadEvent,
  CredentialsRejectedEvent,
  RefreshFailedEvent,
  TokenExpiredEvent,
  TokenManagerEvents,
  TokenRefreshedEvent,
  TokenRequestedEvent,
} from './events.ts';
export { fileAssertion, type FileAssertion, type FileAssertionOptions } from './file-assertion.ts';
export { fileTokenSource, type FileTokenSource, type FileTokenSourceOptions } from './file-token-source.ts';
export type { FetchLike } from './http-transport.ts';
export type { TokenManagerOptions, TokenRequestOptions } from './options.ts';
export { type ProviderOptions, providers } from './providers.ts';
export {
  type ClientAssertionType,
  type ClientCredentials,
  type CredentialReadOptions,
  type CredentialSource,
  type GetTokenOptions,
  isLoopbackHost,
  type TokenSource,
} from '@worker-auth/internal';
export { isAllowedTokenUrl, readTokenUrl, type TokenUrlReading } from './token-url.ts';
export { TokenManager } from './token-manager.ts';
export { tokenSink, type TokenSink, type TokenSinkOptions } from './token-sink.ts';
