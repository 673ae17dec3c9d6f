export { type ClientCredentials, type CredentialSource } from './credential-source.ts';
export { type GetTokenOptions, type TokenSource } from './token-source.ts';
