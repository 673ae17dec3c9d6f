import type { RegisteredClient } from './client-registry.ts';
import { tokenIn } from './introspection-endpoint.ts';
import type { FakeResponse } from '../server/fake-http-server.ts';
import { OAuthRefusal } from './oauth-response.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { TokenIssuer } from './token-issuer.ts';

/**
 * Ends a token (RFC 7009 section 2); one that is not good anyway is a success.
 *
 * @throws OAuthRefusal without a token, and for the token of another client
 */
export function revoke(
  request: RecordedRequest,
  client: RegisteredClient,
  tokens: TokenIssuer,
): FakeResponse {
  const token = tokenIn(request);
  const claims = tokens.activeClaims(token);
  if (claims !== undefined && claims['client_id'] !== client.clientId) {
    throw new OAuthRefusal(400, 'invalid_grant', 'The token was issued to another client');
  }
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: '',
    effect: () => {
      tokens.revoke(token);
    },
  };
}
