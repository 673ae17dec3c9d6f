import { testCertificates } from './test-certificates.ts';

/** A certificate and its key (PEM); `true`: one of the kit's own authority; `false`: no TLS. */
export type ServerTls = boolean | { readonly cert: string | Buffer; readonly key: string | Buffer };

/** What a server presents, and the authority that signed it when that is the kit's own. */
export interface TlsSettings {
  readonly certificate: { readonly cert: string | Buffer; readonly key: string | Buffer };
  readonly ca: string | undefined;
}

export function tlsSettings(tls: ServerTls): TlsSettings | undefined {
  if (typeof tls !== 'boolean') return { certificate: { cert: tls.cert, key: tls.key }, ca: undefined };
  if (!tls) return undefined;
  const { ca, ...certificate } = testCertificates();
  return { certificate, ca };
}
