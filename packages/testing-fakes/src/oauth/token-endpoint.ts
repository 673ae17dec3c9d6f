import type { RegisteredClient } from './client-registry.ts';
import type { Claims } from './compact-jws.ts';
import type { FakeResponse } from '../server/fake-http-server.ts';
import { jsonResponse, OAuthRejection } from './oauth-response.ts';
import { thumbprintOf } from './presented-certificate.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { TokenDefaults, TokenIssuer } from './token-issuer.ts';

export interface TokenGrant {
  readonly scope: string | undefined;
  /** How the sender of the token proves that it is its own (RFC 7800 section 3.1). */
  readonly confirmation: Claims | undefined;
}

/**
 * What a token is asked for (RFC 6749 section 4.4.2).
 *
 * @throws OAuthRejection when it is no client credentials request, for a scope that the client may not have, and without the certificate
 *   that its tokens are to be bound to
 */
export function checkTokenRequest(request: RecordedRequest, client: RegisteredClient): TokenGrant {
  return { scope: scopeOf(request, client), confirmation: confirmationOf(request, client) };
}

/** A token as of now (RFC 6749 section 5.1). */
export function issueToken(
  client: RegisteredClient,
  { scope, confirmation }: TokenGrant,
  tokens: TokenIssuer,
  defaults: TokenDefaults,
): FakeResponse {
  const granted = scope === undefined ? {} : { scope };
  const claims = { ...granted, cnf: confirmation };
  const accessToken = tokens.mint(client, defaults, { claims });
  const body = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: client.lifetimeSeconds ?? defaults.lifetimeSeconds,
    ...granted,
  };
  const effect = (): void => {
    tokens.issue(accessToken);
  };
  return { ...jsonResponse(body), effect };
}

function scopeOf(request: RecordedRequest, client: RegisteredClient): string | undefined {
  const form = new Map(request.form);
  const scope = form.get('scope');
  if (scope === '') throw new OAuthRejection(400, 'invalid_scope', 'empty scope');
  const grantType = form.get('grant_type');
  if (grantType === undefined)
    throw new OAuthRejection(400, 'invalid_request', 'Missing form parameter: grant_type');
  if (grantType !== 'client_credentials') {
    throw new OAuthRejection(400, 'unsupported_grant_type', 'Unsupported grant_type');
  }
  if (client.scopes === undefined) return scope;
  const asked = scope?.split(' ') ?? client.scopes;
  if (!asked.every((one) => client.scopes?.includes(one))) {
    throw new OAuthRejection(400, 'invalid_scope', `Invalid scopes: ${asked.join(' ')}`);
  }
  return asked.join(' ');
}

function confirmationOf(
  { presentedCertificate }: RecordedRequest,
  { clientId, certificateBoundTokens = false }: RegisteredClient,
): Claims | undefined {
  if (!certificateBoundTokens) return undefined;
  if (presentedCertificate !== undefined) {
    return { 'x5t#S256': thumbprintOf(presentedCertificate.certificate) };
  }
  throw new OAuthRejection(
    400,
    'invalid_request',
    `The tokens of ${clientId} are bound to a client certificate, and none came`,
  );
}
