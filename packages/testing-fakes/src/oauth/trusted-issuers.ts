import { candidateKeys, checkAssertionClaims, invalidClient } from './client-assertion.ts';
import type { ClientRegistry, RegisteredClient } from './client-registry.ts';
import { type CompactJws, isSignedBy } from './compact-jws.ts';
import type { KeySetSource } from './key-set.ts';

/** An issuer whose assertions authenticate clients (RFC 7523 section 2.2), such as a Kubernetes cluster. */
export interface TrustedIssuer {
  /** The `iss` of its assertions. */
  readonly issuer: string;
  /** The keys that sign them, or their address, which is read for each assertion. */
  readonly jwks: KeySetSource;
  /** The client that each `sub` is. */
  readonly subjects: Readonly<Record<string, string>>;
  /** The `aud` that they must have. Default the server's issuer. */
  readonly audience?: string;
}

/** The clients that others vouch for. */
export class TrustedIssuers {
  readonly #issuers = new Map<string, TrustedIssuer>();
  readonly #clients: ClientRegistry;

  /** @throws RangeError when a subject is a client that is not there */
  constructor(issuers: readonly TrustedIssuer[], clients: ClientRegistry) {
    this.#clients = clients;
    for (const issuer of issuers) {
      for (const clientId of Object.values(issuer.subjects)) clients.known(clientId);
      this.#issuers.set(issuer.issuer, issuer);
    }
  }

  /**
   * Whom the assertion speaks of. It may be sent more than once, and needs no `jti`: a projected token is used until it is replaced.
   *
   * @param ownIssuer the server's
   * @throws OAuthRejection
   */
  async authenticate(jws: CompactJws, ownIssuer: string, nowMs: number): Promise<RegisteredClient> {
    const { iss, sub } = jws.claims;
    const issuer = this.#issuers.get(String(iss));
    const clientId = new Map(Object.entries(issuer?.subjects ?? {})).get(String(sub));
    const client = clientId === undefined ? undefined : this.#clients.get(clientId);
    if (issuer === undefined || client === undefined) throw invalidClient();
    const keys = await candidateKeys(jws, issuer.jwks);
    if (!keys.some((key) => isSignedBy(jws, key))) throw invalidClient();
    checkAssertionClaims(jws.claims, [issuer.audience ?? ownIssuer], nowMs);
    return client;
  }
}
