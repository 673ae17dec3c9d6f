import { randomUUID } from 'node:crypto';
import type { RegisteredClient } from './client-registry.ts';
import { type PublicJwk, SigningKey } from './signing-key.ts';

/** What goes into the tokens of a client that has nothing else of its own. */
export interface TokenDefaults {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly audience: string | readonly string[] | undefined;
  readonly permissions: readonly string[];
  readonly lifetimeSeconds: number;
}

/** What to change in a token of `MockOAuthServer.mintToken`. */
export interface MintOptions {
  /** Whose token it is. Default the server's first client. */
  readonly clientId?: string;
  /** Seconds from now until `exp`; negative for a token that is over. Default the client's lifetime. */
  readonly lifetimeSeconds?: number;
  /** Sign with a key that the JWKS does not list. Default false. */
  readonly foreignKey?: boolean;
  /** Claims over the usual ones; `undefined` removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Signs access tokens (RFC 9068, with Temporal's `permissions`) and rotates the keys for it. */
export class TokenIssuer {
  readonly #wallNow: () => number;
  #keys: readonly SigningKey[] = [];
  #current = new SigningKey();
  #foreign: SigningKey | undefined;

  constructor(wallNow: () => number) {
    this.#wallNow = wallNow;
  }

  /** The keys that verify the tokens: the current one and the old ones that were kept. */
  get publicJwks(): readonly PublicJwk[] {
    return [...this.#keys, this.#current].map((key) => key.publicJwk);
  }

  rotate(keepOld: boolean): void {
    this.#keys = keepOld ? [...this.#keys, this.#current] : [];
    this.#current = new SigningKey();
  }

  mint(client: RegisteredClient, defaults: TokenDefaults, options: MintOptions): string {
    const key = options.foreignKey === true ? (this.#foreign ??= new SigningKey()) : this.#current;
    const issuedAt = Math.floor(this.#wallNow() / 1_000);
    return key.signJwt({
      iss: defaults.issuer,
      sub: client.subject ?? defaults.subject ?? client.clientId,
      aud: client.audience ?? defaults.audience,
      client_id: client.clientId,
      permissions: client.permissions ?? defaults.permissions,
      iat: issuedAt,
      exp: issuedAt + (options.lifetimeSeconds ?? client.lifetimeSeconds ?? defaults.lifetimeSeconds),
      jti: randomUUID(),
      ...options.claims,
    });
  }
}
