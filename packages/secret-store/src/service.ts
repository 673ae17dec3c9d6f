export {
  type CredentialConfig,
  CredentialConfigNotFoundError,
  type CredentialConfigSource,
  InvalidCredentialConfigError,
  stateStoreConfigs,
  type StateStoreConfigsOptions,
} from './service/credential-config.ts';
export { type ResolvedCredentials } from './service/resolve-credentials.ts';
export { type SecretRequest, SecretService, type SecretServiceOptions } from './service/secret-service.ts';
