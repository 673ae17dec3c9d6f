import { createHash, type X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The certificate of a client whose key the TLS handshake has proven (RFC 8705 section 2). */
export interface PresentedCertificate {
  readonly certificate: X509Certificate;
  /** Whether the kit's authority signed it for a TLS client, and it is good now. */
  readonly isTrusted: boolean;
  /** Whether its own key signed it. */
  readonly isSelfSigned: boolean;
}

/** @returns `undefined` without TLS, and for a client that has no certificate or was not asked for one */
export function presentedCertificate(socket: Socket): PresentedCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return {
    certificate,
    isTrusted: socket.authorized,
    isSelfSigned: isSelfSigned(certificate),
  };
}

/** Whether its own key signed it; `checkIssued` would also ask whether that key may sign certificates. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.verify(certificate.publicKey);
}

/** The `x5t#S256` of RFC 8705 section 3.1. */
export function thumbprintOf({ raw }: X509Certificate): string {
  return createHash('sha256').update(raw).digest('base64url');
}
