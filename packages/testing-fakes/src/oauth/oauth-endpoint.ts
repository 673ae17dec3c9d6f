/** Which of the server's documents and endpoints a fault is for. */
export type OAuthEndpoint = 'token' | 'jwks' | 'metadata';

export const oauthEndpoints: readonly OAuthEndpoint[] = ['token', 'jwks', 'metadata'];

/** What is at `path`, for a server whose issuer has `issuerPath`. */
export function endpointAt(path: string, issuerPath: string): OAuthEndpoint | undefined {
  // OpenID Connect appends the suffix to the issuer's path, RFC 8414 section 3 puts it before.
  if (path === `/.well-known/oauth-authorization-server${issuerPath}`) return 'metadata';
  if (!path.startsWith(issuerPath)) return undefined;
  return endpoints.get(path.slice(issuerPath.length));
}

const endpoints: ReadonlyMap<string, OAuthEndpoint> = new Map([
  ['/token', 'token'],
  ['/jwks', 'jwks'],
  ['/.well-known/openid-configuration', 'metadata'],
]);
