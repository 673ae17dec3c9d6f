export {
  type Clock,
  type DaprComponent,
  type DaprSidecar,
  type Environment,
  type ReadOptions,
  type Secret,
  type SecretReadOptions,
  type SecretStore,
} from '@worker-auth/internal';
export { applicationKey } from './application-key.ts';
export {
  type ClientAssertionType,
  type ClientCredentials,
  type CredentialReadOptions,
  type CredentialSource,
} from './credential-source.ts';
export { daprStore, type DaprStore, type DaprStoreOptions } from './dapr/dapr-store.ts';
export {
  AmbiguousSecretStoreError,
  type AmbiguousSecretStoreErrorDetails,
  NoSecretStoreComponentError,
  SecretFetchError,
  type SecretFetchErrorDetails,
  SidecarError,
  type SidecarErrorCode,
  type SidecarErrorDetails,
} from './dapr/errors.ts';
export { httpSidecar, type HttpSidecarOptions } from './dapr/http-sidecar.ts';
export { type SidecarWaitOptions } from './dapr/wait-for-sidecar.ts';
export { type WaitingEvent, type WaitingListener } from './dapr/waiting-notice.ts';
export { discoverCredentials } from './discovery/discover-credentials.ts';
export {
  type CredentialPlace,
  type DiscoverCredentialsOptions,
  type DiscoverySettings,
  resolveDiscovery,
} from './discovery/discovery-settings.ts';
export {
  ChangingSecretError,
  CredentialsNotFoundError,
  CredentialsUnavailableError,
  FolderUnreadableError,
  IncompleteCredentialsError,
  InvalidSecretError,
  InvalidSettingError,
  type OwnErrorCode,
  SecretStoreError,
  SecretStoreErrorCode,
  type SecretStoreErrorDetails,
  type SecretStoreErrorKind,
  type SourceReport,
  StoreReadError,
} from './errors.ts';
export { cached, type CachedOptions, type CachedStore } from './stores/cached.ts';
export { chain } from './stores/chain.ts';
export { environmentStore, type EnvironmentStoreOptions } from './stores/environment-store.ts';
export { folderStore } from './stores/folder-store.ts';
export { type MemoryStore, memoryStore } from './stores/memory-store.ts';
