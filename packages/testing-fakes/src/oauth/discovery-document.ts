import { asymmetricAlgorithms } from './compact-jws.ts';

/** Where a server answers, and what it offers (RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3). */
export function discoveryDocument(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    ...clientAuthenticationAt('token'),
    introspection_endpoint: `${issuer}/introspect`,
    ...clientAuthenticationAt('introspection'),
    revocation_endpoint: `${issuer}/revoke`,
    ...clientAuthenticationAt('revocation'),
  };
}

function clientAuthenticationAt(endpoint: string): Readonly<Record<string, readonly string[]>> {
  return {
    [`${endpoint}_endpoint_auth_methods_supported`]: [
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
    ],
    [`${endpoint}_endpoint_auth_signing_alg_values_supported`]: ['HS256', ...asymmetricAlgorithms],
  };
}
