import type { RegisteredClient } from './client-registry.ts';
import { jsonAnswer, type OAuthAnswer, OAuthRefusal } from './oauth-answer.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { TokenDefaults, TokenIssuer } from './token-issuer.ts';

/**
 * What a token is asked for (RFC 6749 section 4.4.2).
 *
 * @returns the scope to grant, if any
 * @throws OAuthRefusal when it is no client credentials request, or for a scope that the client may not have
 */
export function checkTokenRequest(request: RecordedRequest, client: RegisteredClient): string | undefined {
  const form = new Map(request.form);
  const scope = form.get('scope');
  if (scope === '') throw new OAuthRefusal(400, 'invalid_scope', 'empty scope');
  const grantType = form.get('grant_type');
  if (grantType === undefined)
    throw new OAuthRefusal(400, 'invalid_request', 'Missing form parameter: grant_type');
  if (grantType !== 'client_credentials') {
    throw new OAuthRefusal(400, 'unsupported_grant_type', 'Unsupported grant_type');
  }
  if (client.scopes === undefined) return scope;
  const asked = scope?.split(' ') ?? client.scopes;
  if (!asked.every((one) => client.scopes?.includes(one))) {
    throw new OAuthRefusal(400, 'invalid_scope', `Invalid scopes: ${asked.join(' ')}`);
  }
  return asked.join(' ');
}

/** A token as of now (RFC 6749 section 5.1). */
export function issueToken(
  client: RegisteredClient,
  scope: string | undefined,
  tokens: TokenIssuer,
  defaults: TokenDefaults,
): OAuthAnswer {
  const claims = scope === undefined ? {} : { scope };
  const accessToken = tokens.mint(client, defaults, { claims });
  const body = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: client.lifetimeSeconds ?? defaults.lifetimeSeconds,
    ...claims,
  };
  const effect = (): void => {
    tokens.issue(accessToken);
  };
  return { ...jsonAnswer(body), effect };
}
