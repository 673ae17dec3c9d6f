import { asymmetricAlgorithms } from './compact-jws.ts';

const methods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'];
const certificateMethods = ['tls_client_auth', 'self_signed_tls_client_auth'];

/**
 * Where a server answers, and what it offers (RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3).
 *
 * @param takesCertificates whether it asks clients for certificates (RFC 8705)
 */
export function discoveryDocument(
  issuer: string,
  takesCertificates: boolean,
): Readonly<Record<string, unknown>> {
  return {
    issuer,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: [...methods, ...(takesCertificates ? certificateMethods : [])],
    token_endpoint_auth_signing_alg_values_supported: ['HS256', ...asymmetricAlgorithms],
    ...(takesCertificates && { tls_client_certificate_bound_access_tokens: true }),
  };
}
