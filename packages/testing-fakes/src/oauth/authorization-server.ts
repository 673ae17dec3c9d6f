import type { ClientAuthenticator } from './client-authentication.ts';
import { discoveryDocument } from './discovery-document.ts';
import type { KeyRing } from './key-ring.ts';
import type { FakeResponse } from '../server/fake-http-server.ts';
import { jsonResponse, OAuthRejection } from './oauth-response.ts';
import type { OAuthEndpoint } from './oauth-endpoint.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { checkTokenRequest, issueToken } from './token-endpoint.ts';
import type { TokenDefaults, TokenIssuer } from './token-issuer.ts';

export interface AuthorizationServerParts {
  readonly authenticator: ClientAuthenticator;
  readonly keys: KeyRing;
  readonly tokens: TokenIssuer;
  readonly defaults: TokenDefaults;
  /** Whether clients are asked for certificates. */
  readonly takesCertificates: boolean;
}

/**
 * Looks at a request as the server is now: a secret that is rotated before the response does not count.
 *
 * @returns makes the response that was decided on when the request arrived
 */
export async function prepareResponse(
  endpoint: OAuthEndpoint,
  request: RecordedRequest,
  { authenticator, keys, tokens, defaults, takesCertificates }: AuthorizationServerParts,
): Promise<() => FakeResponse> {
  if (endpoint === 'metadata') {
    return () => jsonResponse(discoveryDocument(defaults.issuer, takesCertificates));
  }
  if (endpoint === 'jwks') return () => jsonResponse({ keys: keys.publicJwks });
  try {
    const client = await authenticator.authenticate(request, defaults.issuer);
    const grant = checkTokenRequest(request, client);
    return () => issueToken(client, grant, tokens, defaults);
  } catch (error) {
    if (!(error instanceof OAuthRejection)) throw error;
    return () => error.answer;
  }
}
