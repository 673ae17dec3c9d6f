import type { MockOAuthServer } from '@worker-auth/testing-fakes';

/** A server that may be away for a while, and comes back at the same address. */
export interface Restartable {
  halt(): Promise<unknown>;
  restart(): Promise<unknown>;
}

/** Whoever issues the tokens. */
export interface IdentityProvider extends Restartable {
  /** The old key is withdrawn. */
  rotateSigningKey(): Promise<void>;
}

/** The client's secret, at the identity provider and in the secret store. */
export interface ClientSecret {
  /** Replaces it in both; the old one is rejected at once. */
  rotate(): Promise<void>;
  /** Replaces it at the identity provider, and puts a wrong one into the store. Resolves to what puts the right one there. */
  spoil(): Promise<() => Promise<void>>;
}

/** The secret store and the sidecar before it. */
export interface SecretStore {
  halt(): Promise<void>;
  /** @param fill writes what the store forgot, before the sidecar is there */
  restart(fill: () => Promise<void>): Promise<void>;
}

/** A fake server as one that may be away. */
export function restartable(server: { stop(): Promise<void>; restart(): Promise<void> }): Restartable {
  return { halt: () => server.stop(), restart: () => server.restart() };
}

/** The fake OAuth server as an identity provider. */
export function providerOf(oauth: MockOAuthServer): IdentityProvider {
  return {
    ...restartable(oauth),
    rotateSigningKey: () => {
      oauth.rotateSigningKey({ keepOld: false });
      return Promise.resolve();
    },
  };
}
