import type { ConnectionOptions } from '@temporalio/client';
import { type CertificateFiles, certificateLease } from '@worker-auth/refresh-scheduler/certificate';

/** TLS with a client certificate that rotates: whenever its files hold another one, all connections are moved to it. */
export interface RotatingTls extends CertificateFiles {
  /** The name that the server's certificate is for, where that is not the host. */
  readonly serverNameOverride?: string | undefined;
}

/** Whether Temporal is reached over TLS, and with which certificates: Temporal's own, or files that are read anew. */
export type TlsOptions = Exclude<ConnectionOptions['tls'], null | undefined> | RotatingTls;

/** Whether certificates come from files. */
export function isRotating(tls: TlsOptions | undefined): tls is RotatingTls {
  if (typeof tls !== 'object') return false;
  const { certFile, keyFile, caFile } = tls as Partial<RotatingTls>;
  return [certFile, keyFile, caFile].some((file) => file !== undefined);
}

/** @throws TypeError for what is no TLS, for what are no names of files, and for certificates beside them, with both names */
export function checkTls(tls: TlsOptions | null | undefined): void {
  if (!['undefined', 'boolean', 'object'].includes(typeof tls)) {
    throw new TypeError(`tls must be true, false or an object; received a ${typeof tls}`);
  }
  if (tls == null || !isRotating(tls)) return;
  const given = ['clientCertPair', 'serverRootCACertificate'].find((name) => Object.hasOwn(tls, name));
  if (given !== undefined) throw new TypeError(`Give tls.certFile or tls.${given}, not both`);
  certificateLease(tls);
}
