import { createSecureContext } from 'node:tls';
import { testCertificates } from './test-certificates.ts';

/** A certificate and its key (PEM); `true`: one of the kit's own authority; `false`: no TLS. */
export type ServerTls = boolean | { readonly cert: string | Buffer; readonly key: string | Buffer };

/** What a server presents, and the authority that signed it when that is the kit's own. */
export interface TlsSettings {
  readonly certificate: { readonly cert: string | Buffer; readonly key: string | Buffer };
  readonly ca: string | undefined;
}

/** @throws TypeError for what is no certificate with its key */
export function tlsSettings(tls: ServerTls): TlsSettings | undefined {
  if (typeof tls !== 'boolean') {
    const certificate = { cert: tls.cert, key: tls.key };
    checkPair(certificate);
    return { certificate, ca: undefined };
  }
  if (!tls) return undefined;
  const { ca, ...certificate } = testCertificates();
  return { certificate, ca };
}

function checkPair({ cert, key }: TlsSettings['certificate']): void {
  let cause: unknown;
  try {
    const areTexts = [cert, key].every((pem) => typeof pem === 'string' || Buffer.isBuffer(pem));
    if (areTexts && cert.length > 0 && key.length > 0) {
      createSecureContext({ cert, key });
      return;
    }
  } catch (error) {
    cause = error;
  }
  throw new TypeError('tls must have cert and key, a certificate and its key (PEM)', { cause });
}
