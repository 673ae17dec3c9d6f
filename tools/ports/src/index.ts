export type { Clock, Instant, Timer } from './clock.ts';
export type {
  ClientAssertionType,
  ClientCredentials,
  CredentialReadOptions,
  CredentialSource,
} from './credential-source.ts';
export type { DaprComponent, DaprSidecar, SecretReadOptions } from './dapr-sidecar.ts';
export { Emitter } from './emitter.ts';
export type { Lease } from './lease.ts';
export type { ReadOptions, Secret, SecretStore } from './secret-store.ts';
export type { GetTokenOptions, TokenSource } from './token-source.ts';
