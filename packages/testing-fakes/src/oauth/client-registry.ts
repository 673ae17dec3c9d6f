import {
  anything,
  type Checks,
  listOf,
  number,
  oneOf,
  text,
  texts,
  textOrTexts,
} from '../given/check-given.ts';
import {
  certificateChecks,
  type CertificateOptions,
  checkCertificateOptions,
} from './certificate-options.ts';
import type { KeySetSource } from './key-set.ts';
import { type ClientAuthMethod, clientAuthMethods } from './presented-credentials.ts';

/** A client that a `MockOAuthServer` knows, and what its tokens are like. */
export interface OAuthClientOptions extends CertificateOptions {
  readonly clientId: string;
  /** The client's secret, or all that are good at the same time, the newest last. Default none. */
  readonly clientSecret?: string | readonly string[];
  /** The public keys of its own assertions (`private_key_jwt`), or their address. Default none. */
  readonly jwks?: KeySetSource;
  /** How it may authenticate. Default: in every way that its secrets, its keys, its certificates and the trusted issuers allow. */
  readonly authMethods?: readonly ClientAuthMethod[];
  /** Life of its tokens in seconds. Default the server's. */
  readonly lifetimeSeconds?: number;
  /** The `permissions` claim. Default the server's. */
  readonly permissions?: readonly string[];
  /** The `aud` claim. Default the server's. */
  readonly audience?: string | readonly string[];
  /** The `sub` claim. Default the server's, else the client id. */
  readonly subject?: string;
  /** The scopes that it may ask for, and gets when it asks for none. Default: any, and none. */
  readonly scopes?: readonly string[];
}

/** Of a life that a token can have, in seconds. */
export const lifetimeCheck = number({ min: 0, aboveMin: true });

export const clientChecks: Checks<OAuthClientOptions> = {
  ...certificateChecks,
  clientId: text,
  clientSecret: textOrTexts,
  jwks: anything,
  authMethods: listOf(oneOf(clientAuthMethods)),
  lifetimeSeconds: lifetimeCheck,
  permissions: texts,
  audience: textOrTexts,
  subject: text,
  scopes: texts,
};

/** A client as the server remembers it. */
export interface RegisteredClient extends Omit<OAuthClientOptions, 'clientSecret'> {
  /** All secrets that are good now: two while a rotation overlaps. */
  readonly secrets: readonly string[];
}

/** The clients of a server. */
export class ClientRegistry {
  readonly #clients = new Map<string, RegisteredClient>();
  readonly #firstId: string;

  /** @throws TypeError for a client without an id, or that makes no sense, for one that is there twice, and when there is none */
  constructor(clients: readonly OAuthClientOptions[]) {
    const [first] = clients;
    if (first === undefined) throw new TypeError('clients must name at least one client');
    this.#firstId = first.clientId;
    for (const client of clients) this.add(client);
  }

  /** The client that a server is started with, the first of several. */
  get first(): RegisteredClient {
    return this.known(this.#firstId);
  }

  add({ clientSecret = [], ...client }: OAuthClientOptions): void {
    const { clientId } = client;
    if (clientId === '') throw new TypeError('clientId must not be empty');
    if (this.#clients.has(clientId)) throw new TypeError(`The client ${clientId} is registered already`);
    const secrets = [clientSecret].flat();
    if (secrets.includes('')) throw new TypeError(`A clientSecret of ${clientId} is empty`);
    checkCertificateOptions(client);
    this.#clients.set(clientId, { ...client, secrets });
  }

  get(clientId: string): RegisteredClient | undefined {
    return this.#clients.get(clientId);
  }

  /** @throws RangeError when there is no such client */
  known(clientId: string): RegisteredClient {
    const client = this.#clients.get(clientId);
    if (client === undefined) throw new RangeError(`The server has no client ${clientId}`);
    return client;
  }

  rotateSecret(clientId: string, next: string, keepOld: boolean): void {
    const client = this.known(clientId);
    this.#clients.set(clientId, { ...client, secrets: keepOld ? [...client.secrets, next] : [next] });
  }
}
