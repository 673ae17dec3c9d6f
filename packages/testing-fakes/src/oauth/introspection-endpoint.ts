import type { FakeResponse } from '../server/fake-http-server.ts';
import { jsonResponse, OAuthRefusal } from './oauth-response.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { TokenIssuer } from './token-issuer.ts';

/** Whether a token is good, and what it says (RFC 7662 section 2). @throws OAuthRefusal without a token */
export function introspect(request: RecordedRequest, tokens: TokenIssuer): FakeResponse {
  const claims = tokens.activeClaims(tokenIn(request));
  return jsonResponse(
    claims === undefined ? { active: false } : { active: true, token_type: 'Bearer', ...claims },
  );
}

/** The token that a request is about. @throws OAuthRefusal when there is none */
export function tokenIn(request: RecordedRequest): string {
  const token = new Map(request.form).get('token');
  if (token === undefined || token === '')
    throw new OAuthRefusal(400, 'invalid_request', 'Token not provided');
  return token;
}
