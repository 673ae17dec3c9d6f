export { type ClientCredentials, type CredentialSource } from './credential-source.ts';
export { type ReadOptions, type Secret, type SecretStore } from './secret-store.ts';
