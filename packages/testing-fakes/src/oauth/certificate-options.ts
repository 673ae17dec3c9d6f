import { X509Certificate } from 'node:crypto';
import { type Checks, flag, options, text, textOrTexts } from '../given/check-given.ts';
import { parseName } from '../tls/distinguished-name.ts';
import type { KeySetSource } from './key-set.ts';
import { isSelfSigned } from './presented-certificate.ts';
import type { ClientAuthMethod } from './presented-credentials.ts';

/** What the certificate of a client must say, as RFC 8705 section 2.1.2 registers it: exactly one of these. */
export interface TlsClientAuth {
  /** `tls_client_auth_subject_dn`: the subject, in the form of RFC 4514, such as `CN=worker,O=Example`. */
  readonly subjectDn?: string;
  /** `tls_client_auth_san_dns`: the alternative name of the kind `dNSName`. */
  readonly sanDns?: string;
  /** `tls_client_auth_san_uri`: that of the kind `uniformResourceIdentifier`. */
  readonly sanUri?: string;
  /** `tls_client_auth_san_ip`: that of the kind `iPAddress`. */
  readonly sanIp?: string;
  /** `tls_client_auth_san_email`: that of the kind `rfc822Name`. */
  readonly sanEmail?: string;
}

/** What a client is registered with for mutual TLS (RFC 8705). */
export interface CertificateOptions {
  /** Whom a certificate of the kit's authority must be for (`tls_client_auth`). Default: the client has none. */
  readonly tlsClientAuth?: TlsClientAuth;
  /**
   * The client's certificate (PEM) that signed itself, or all that are good at the same time (`self_signed_tls_client_auth`). Those in the
   * `x5c` of its `jwks` are good too, where `authMethods` names the method. Default none.
   */
  readonly selfSignedCertificate?: string | readonly string[];
  /**
   * `tls_client_certificate_bound_access_tokens`: its tokens name the certificate that it asked with (`cnf`, RFC 8705 section 3), however it
   * authenticates, and it gets none without one. Default false.
   */
  readonly certificateBoundTokens?: boolean;
}

export const certificateChecks: Checks<CertificateOptions> = {
  tlsClientAuth: options<TlsClientAuth>({
    subjectDn: text,
    sanDns: text,
    sanUri: text,
    sanIp: text,
    sanEmail: text,
  }),
  selfSignedCertificate: textOrTexts,
  certificateBoundTokens: flag,
};

type CertifiedClient = CertificateOptions & {
  readonly clientId: string;
  readonly jwks?: KeySetSource;
  readonly authMethods?: readonly ClientAuthMethod[];
};

const nameKinds = ['subjectDn', 'sanDns', 'sanUri', 'sanIp', 'sanEmail'] as const;

/** Whether the client needs a server that asks for certificates. */
export function usesCertificate({
  tlsClientAuth,
  selfSignedCertificate,
  certificateBoundTokens = false,
  authMethods = [],
}: CertifiedClient): boolean {
  return (
    authMethods.includes('self_signed_tls_client_auth') ||
    certificateBoundTokens ||
    tlsClientAuth !== undefined ||
    selfSignedCertificate !== undefined
  );
}

/** @throws TypeError for a method without what it goes by, a name that is none or not the only one, and a certificate that is none */
export function checkCertificateOptions(client: CertifiedClient): void {
  const { clientId, tlsClientAuth, selfSignedCertificate, jwks, authMethods = [] } = client;
  if (authMethods.includes('tls_client_auth') && tlsClientAuth === undefined) {
    throw new TypeError(`The client ${clientId} has tls_client_auth: give it tlsClientAuth as well`);
  }
  if (authMethods.includes('self_signed_tls_client_auth') && (selfSignedCertificate ?? jwks) === undefined) {
    throw new TypeError(
      `The client ${clientId} has self_signed_tls_client_auth: give it selfSignedCertificate or jwks as well`,
    );
  }
  if (tlsClientAuth !== undefined) checkName(clientId, tlsClientAuth);
  if (![selfSignedCertificate ?? []].flat().every(hasSignedItself)) {
    throw new TypeError(`A selfSignedCertificate of ${clientId} is no certificate (PEM) that signed itself`);
  }
}

function checkName(clientId: string, name: TlsClientAuth): void {
  const [kind, ...others] = nameKinds.filter((one) => name[one] !== undefined);
  if (kind === undefined || others.length > 0 || name[kind] === '') {
    throw new TypeError(`tlsClientAuth of ${clientId} must have exactly one of ${nameKinds.join(', ')}`);
  }
  if (name.subjectDn !== undefined && parseName(name.subjectDn) === undefined) {
    throw new TypeError(
      `subjectDn of ${clientId} must be like CN=worker,O=Example (RFC 4514), not "${name.subjectDn}"`,
    );
  }
}

function hasSignedItself(pem: string): boolean {
  try {
    return isSelfSigned(new X509Certificate(pem));
  } catch {
    return false;
  }
}
