export type {
  BasicEncoding,
  ClientAssertion,
  ClientAssertionContext,
  ClientAuth,
} from './credentials/client-auth.ts';
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
export {
  fileAssertion,
  type FileAssertion,
  type FileAssertionOptions,
} from './credentials/file-assertion.ts';
export {
  fileTokenSource,
  type FileTokenSource,
  type FileTokenSourceOptions,
} from './tokens/file-token-source.ts';
export type { FetchLike } from './request/http-transport.ts';
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
export { isAllowedTokenUrl, readTokenUrl, type TokenUrlReading } from './request/token-url.ts';
export { TokenManager } from './tokens/token-manager.ts';
export { tokenSink, type TokenSink, type TokenSinkOptions } from './files/token-sink.ts';
