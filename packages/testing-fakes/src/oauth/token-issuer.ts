import { addNewest } from '../server/request-log.ts';
import { randomUUID } from 'node:crypto';
import { type Checks, flag, number, recordOf, anything, text } from '../given/check-given.ts';
import type { RegisteredClient } from './client-registry.ts';
import type { Claims } from './compact-jws.ts';
import type { KeyRing } from './key-ring.ts';

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
  /** Seconds from now until `exp`; negative for a token that has expired. Default the client's lifetime. */
  readonly lifetimeSeconds?: number;
  /** Which of the server's keys signs it, a withdrawn one too. Default the current one. */
  readonly kid?: string;
  /** Sign with a key that was never the server's. Default false. */
  readonly foreignKey?: boolean;
  /** Claims over the usual ones; `undefined` removes one. */
  readonly claims?: Claims;
}

export const mintChecks: Checks<MintOptions> = {
  clientId: text,
  lifetimeSeconds: number(),
  kid: text,
  foreignKey: flag,
  claims: recordOf(anything),
};

/** Makes access tokens (RFC 9068, with Temporal's `permissions`). */
export class TokenIssuer {
  readonly #keys: KeyRing;
  readonly #wallNow: () => number;
  readonly #issued: string[] = [];

  constructor(keys: KeyRing, wallNow: () => number) {
    this.#keys = keys;
    this.#wallNow = wallNow;
  }

  /** The tokens that clients were given, oldest first. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  /**
   * @throws RangeError when there is no such key
   * @throws TypeError when the key is named in two ways
   */
  mint(client: RegisteredClient, defaults: TokenDefaults, options: MintOptions): string {
    const { kid, foreignKey = false } = options;
    if (foreignKey && kid !== undefined) throw new TypeError('Give kid or foreignKey, not both');
    const ownKey = kid === undefined ? this.#keys.current : this.#keys.get(kid);
    const issuedAt = Math.floor(this.#wallNow() / 1_000);
    return (foreignKey ? this.#keys.foreign : ownKey).signJwt({
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

  /** A client was given the token. */
  issue(token: string): void {
    addNewest(this.#issued, token);
  }
}
