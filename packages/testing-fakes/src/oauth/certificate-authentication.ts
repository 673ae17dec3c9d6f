import { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type NameAttribute, parseName } from '../tls/distinguished-name.ts';
import type { TlsClientAuth } from './certificate-options.ts';
import { invalidClient } from './client-assertion.ts';
import type { RegisteredClient } from './client-registry.ts';
import { certificatesOf } from './key-set.ts';
import type { PresentedCertificate } from './presented-certificate.ts';

/**
 * That the certificate is one of the kit's authority, for whom the client is registered (RFC 8705 section 2.1).
 *
 * @throws OAuthRejection
 */
export function checkTrustedCertificate(
  { certificate, isTrusted }: PresentedCertificate,
  { clientId, tlsClientAuth }: RegisteredClient,
): void {
  if (tlsClientAuth === undefined) throw invalidClient(`${clientId} is not registered with tlsClientAuth`);
  if (!isTrusted) {
    throw invalidClient('The client certificate is not one for TLS clients by the trusted authority');
  }
  if (isFor(certificate, tlsClientAuth)) return;
  const names = [writtenSubject(certificate), certificate.subjectAltName].filter(Boolean).join('; ');
  throw invalidClient(`The client certificate is for ${names}, and not for ${clientId}`);
}

/**
 * That the certificate is one that the client is registered with (RFC 8705 section 2.2). When it ends does not matter: no authority
 * vouches for it.
 *
 * @throws OAuthRejection
 */
export async function checkSelfSignedCertificate(
  { certificate }: PresentedCertificate,
  client: RegisteredClient,
): Promise<void> {
  const { clientId, selfSignedCertificate = [], jwks, authMethods = [] } = client;
  const ofKeys = authMethods.includes('self_signed_tls_client_auth') ? jwks : undefined;
  const registered = [
    ...[selfSignedCertificate].flat().map((pem) => new X509Certificate(pem).raw),
    ...(await certificatesOf(ofKeys ?? { keys: [] }).catch(() => {
      throw invalidClient(`The certificates of ${clientId} cannot be loaded`);
    })),
  ];
  if (registered.some((one) => one.equals(certificate.raw))) return;
  throw invalidClient(`The client certificate signed itself, and ${clientId} is not registered with it`);
}

function isFor(certificate: X509Certificate, name: TlsClientAuth): boolean {
  const { subjectDn, sanDns, sanUri, sanIp, sanEmail } = name;
  // Without these, a common name would pass for an alternative name, and one with an asterisk for many.
  const strictly = { subject: 'never', wildcards: false } as const;
  if (subjectDn !== undefined) return isDeepStrictEqual(subjectOf(certificate), parseName(subjectDn));
  if (sanDns !== undefined) return certificate.checkHost(sanDns, strictly) !== undefined;
  if (sanIp !== undefined) return certificate.checkIP(sanIp) !== undefined;
  if (sanEmail !== undefined) return certificate.checkEmail(sanEmail, strictly) !== undefined;
  return alternativeUris(certificate).includes(sanUri);
}

function subjectOf(certificate: X509Certificate): readonly NameAttribute[] | undefined {
  return parseName(writtenSubject(certificate));
}

/** The subject in the form of RFC 4514, which begins with the lowest level; Node has one a line, the highest first. */
function writtenSubject({ subject }: X509Certificate): string {
  return subject.split('\n').reverse().join(',');
}

/** Node puts a name into quotes when it has a comma or a quote in it: what is within is not another name. */
function alternativeUris({ subjectAltName = '' }: X509Certificate): readonly unknown[] {
  const names = [...subjectAltName.matchAll(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g)];
  const uris = names.map(([name]) => /^ *URI:(.*)/.exec(name)?.[1]).filter((uri) => uri !== undefined);
  return uris.map((uri): unknown => (uri.startsWith('"') ? JSON.parse(uri) : uri));
}
