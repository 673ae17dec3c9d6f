export {
  type CredentialConfig,
  CredentialConfigNotFoundError,
  type CredentialConfigSource,
  InvalidCredentialConfigError,
  type ResolvedCredentials,
  stateStoreConfigs,
  type StateStoreConfigsOptions,
} from './service/credential-config.ts';
export { type SecretRequest, SecretService, type SecretServiceOptions } from './service/secret-service.ts';
