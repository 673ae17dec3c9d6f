import { checkSelfSignedCertificate, checkTrustedCertificate } from './certificate-authentication.ts';
import {
  candidateKeys,
  checkAssertionClaims,
  checkStrictly,
  invalidAssertion,
  invalidClient,
} from './client-assertion.ts';
import type { ClientRegistry, RegisteredClient } from './client-registry.ts';
import { type CompactJws, isAuthenticatedBy, isSignedBy } from './compact-jws.ts';
import { OAuthRejection } from './oauth-response.ts';
import { type PresentedCredentials, presentedCredentials } from './presented-credentials.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { TrustedIssuers } from './trusted-issuers.ts';

export interface ClientAuthenticatorParts {
  readonly clients: ClientRegistry;
  readonly trustedIssuers: TrustedIssuers;
  /** Decides about assertions in place of all that is known of clients and issuers. */
  readonly acceptAssertion: ((assertion: string) => boolean) | undefined;
  /** Whether assertions are taken by RFC 10070 alone. */
  readonly strictAssertions: boolean;
  readonly wallNow: () => number;
}

type PresentedSecret = Extract<PresentedCredentials, { readonly secret: unknown }>;
type PresentedClientCertificate = Extract<PresentedCredentials, { readonly certificate: unknown }>;
type PresentedAssertion = Extract<PresentedCredentials, { readonly assertion: string }>;

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** What RFC 6749 section 2.3.1 bans from the request URI. */
const bodyOnly = ['client_id', 'client_secret', 'client_assertion'];
/** RFC 8707 section 2 allows several; RFC 6749 section 3.2 allows no other field twice. */
const repeatable = 'resource';

/** Returns who sent a request, or rejects it. */
export class ClientAuthenticator {
  readonly #parts: ClientAuthenticatorParts;
  readonly #usedAssertions = new Set<string>();

  constructor(parts: ClientAuthenticatorParts) {
    this.#parts = parts;
  }

  /**
   * Who sent the request, by exactly one authentication method (RFC 6749 section 2.3).
   *
   * @param issuer the server's own
   * @throws OAuthRejection when that is not clear
   */
  async authenticate(request: RecordedRequest, issuer: string): Promise<RegisteredClient> {
    checkForm(request);
    const [presented, ...others] = presentedCredentials(request);
    if (presented === undefined) throw invalidClient('No client authentication, and none is not allowed');
    if (others.length > 0) {
      const methods = [presented, ...others].map(({ method }) => method).join(' and ');
      throw new OAuthRejection(400, 'invalid_request', `One authentication method, not ${methods}`);
    }
    const client = await this.#clientOf(presented, request, issuer);
    const claimed = new Map(request.form).get('client_id');
    if (claimed !== undefined && claimed !== client.clientId) throw invalidClient();
    if (client.authMethods?.includes(presented.method) === false) {
      throw reject(presented, issuer, `${client.clientId} may not use ${presented.method}`);
    }
    return client;
  }

  #clientOf(
    presented: PresentedCredentials,
    request: RecordedRequest,
    issuer: string,
  ): RegisteredClient | Promise<RegisteredClient> {
    if ('assertion' in presented) return this.#byAssertion(presented, request, issuer);
    return 'certificate' in presented ? this.#byCertificate(presented) : this.#bySecret(presented, issuer);
  }

  async #byCertificate(presented: PresentedClientCertificate): Promise<RegisteredClient> {
    const { method, clientId, certificate } = presented;
    const client = this.#parts.clients.get(clientId);
    if (client === undefined) throw invalidClient();
    if (method === 'tls_client_auth') checkTrustedCertificate(certificate, client);
    else await checkSelfSignedCertificate(certificate, client);
    return client;
  }

  #bySecret(presented: PresentedSecret, issuer: string): RegisteredClient {
    const { clientId, secret } = presented;
    if (secret === undefined || clientId === undefined) {
      throw reject(presented, issuer, 'client_id and client_secret, form-encoded, are needed');
    }
    const client = this.#parts.clients.get(clientId);
    if (client?.secrets.includes(secret) !== true) throw reject(presented, issuer);
    return client;
  }

  async #byAssertion(
    presented: PresentedAssertion,
    request: RecordedRequest,
    issuer: string,
  ): Promise<RegisteredClient> {
    const { clients, trustedIssuers, acceptAssertion, strictAssertions, wallNow } = this.#parts;
    const { assertion, jws, method } = presented;
    if (new Map(request.form).get('client_assertion_type') !== assertionType) {
      throw invalidClient(`client_assertion_type must be ${assertionType}`);
    }
    if (acceptAssertion !== undefined) {
      const client = clients.get(new Map(request.form).get('client_id') ?? clients.first.clientId);
      if (client === undefined || !acceptAssertion(assertion)) throw invalidClient();
      return client;
    }
    if (jws === undefined) throw invalidClient('The assertion is no JWT');
    if (strictAssertions) checkStrictly(jws, method, issuer);
    if (method === 'federated_jwt') return trustedIssuers.authenticate(jws, issuer, wallNow());

    const client = clients.get(String(jws.claims['sub']));
    if (client === undefined) throw invalidClient();
    if (method === 'client_secret_jwt') checkSecretSignature(jws, client);
    else await checkKeySignature(jws, client);
    checkAssertionClaims(jws.claims, [issuer, `${issuer}/token`], wallNow());
    this.#useOnce(client, jws.claims['jti']);
    return client;
  }

  /** OpenID Connect Core 1.0 section 9: who overhears an assertion must not be able to use it. */
  #useOnce({ clientId }: RegisteredClient, jti: unknown): void {
    if (typeof jti !== 'string') throw invalidAssertion('Token jti claim is required');
    const key = `${clientId} ${jti}`;
    if (this.#usedAssertions.has(key)) throw invalidAssertion('Token reuse detected');
    this.#usedAssertions.add(key);
  }
}

async function checkKeySignature(jws: CompactJws, { jwks }: RegisteredClient): Promise<void> {
  const keys = await candidateKeys(jws, jwks ?? { keys: [] });
  if (keys.length === 0) throw invalidAssertion('Unable to load public key');
  if (keys.some((key) => isSignedBy(jws, key))) return;
  throw invalidAssertion(
    'Client authentication with signed JWT failed: Signature on JWT token failed validation',
  );
}

function checkSecretSignature(jws: CompactJws, { secrets }: RegisteredClient): void {
  if (secrets.some((secret) => isAuthenticatedBy(jws, secret))) return;
  throw invalidAssertion(
    'Client authentication with client secret signed JWT failed: Signature on JWT token by client secret failed validation',
  );
}

function checkForm(request: RecordedRequest): void {
  const invalid = (description: string): OAuthRejection =>
    new OAuthRejection(400, 'invalid_request', description);
  if (request.method !== 'POST')
    throw new OAuthRejection(405, 'invalid_request', 'POST only', { allow: 'POST' });
  if (!request.isForm) throw invalid('Content-Type must be application/x-www-form-urlencoded');
  const inQuery = request.query.find(([name]) => bodyOnly.includes(name));
  if (inQuery !== undefined) throw invalid(`${inQuery[0]} belongs into the body`);
  const names = request.form.map(([name]) => name).filter((name) => name !== repeatable);
  if (new Set(names).size < names.length) throw invalid('duplicated parameter');
}

/** RFC 6749 section 5.2: the answer to a request with an Authorization header names the scheme. */
function reject({ method }: PresentedCredentials, issuer: string, description?: string): OAuthRejection {
  const challenge = { 'www-authenticate': `Basic realm="${issuer}"` };
  return invalidClient(description, method === 'client_secret_basic' ? challenge : {});
}
