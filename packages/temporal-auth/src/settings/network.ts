import { callSafely, type Environment } from '@worker-auth/internal';
import { readBoundedFile, readBoundedFileNow } from '@worker-auth/internal/file';
import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import { type ProxyFor, readProxy } from './proxy.ts';
import { type Format, readAll } from './setting-reader.ts';

/** Proxy and authorities for the token endpoint and both connections to Temporal. Shows no credentials of a proxy. */
export interface Network {
  /** `undefined` when no proxy is set. */
  readonly proxyFor: ProxyFor | undefined;
  /** The trusted certificates as one PEM text, read when first asked for; `undefined` for those that are trusted by default. */
  readonly certificates: () => string | undefined;
  /** The same, from files that were replaced too; rejects, and changes nothing, when one cannot be read or holds none. Default: none is read again. */
  readonly newestCertificates?: (signal: AbortSignal) => Promise<string | undefined>;
}

/** What names files of trusted certificates; in lower case too. */
export const certificateVariables = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'] as const;

/** Longest file of certificates, in bytes. All authorities that a host trusts are a quarter of it. */
export const maxCertificateBytes = 1_048_576;

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

const pemText: Format<string> = { parse: certificatesOf, expected: 'certificates in PEM form' };

const pemFile = (read: (path: string) => string): Format<string> => ({
  // It may not be there.
  parse: (path) => callSafely(() => certificatesOf(read(path)), undefined),
  expected: 'the path of a file of certificates in PEM form',
});

/** Reads proxy and authorities: options, then the environment. Certificate files are read when TLS is first used. */
export function readNetwork(options: AtlanAuthClientOptions, env: Environment): Network {
  const proxyFor = readProxy(options, env);
  let trusted: { readonly pem: string | undefined } | undefined;
  const paths = new Set<string>();
  const readFirst = (path: string): string => {
    paths.add(path);
    return readBoundedFileNow(path, { maxBytes: maxCertificateBytes });
  };
  const certificates = (): string | undefined =>
    (trusted ??= { pem: readCertificates(options, env, readFirst) }).pem;
  return {
    proxyFor,
    certificates,
    async newestCertificates(signal) {
      certificates();
      const bounds = { maxBytes: maxCertificateBytes, signal };
      const read = async (path: string) => [path, await readBoundedFile(path, bounds)] as const;
      const newest = new Map(await Promise.all([...paths].map(read)));
      trusted = { pem: readCertificates(options, env, (path) => String(newest.get(path))) };
      return trusted.pem;
    },
  };
}

/**
 * The certificates of the authorities that are trusted: those of `ca` alone; else those of the file that `SSL_CERT_FILE` names, or without that
 * those of Node and of the system, and those of the file that `NODE_EXTRA_CA_CERTS` names. `undefined` when nothing is set.
 */
function readCertificates(
  { ca }: AtlanAuthClientOptions,
  env: Environment,
  read: (path: string) => string,
): string | undefined {
  const given = ca instanceof Uint8Array ? Buffer.from(ca).toString('latin1') : ca;
  const [trusted, extra] = readAll(env, (setting) => {
    if (given !== undefined) return [setting('ca', given.trim(), pemText)];
    return certificateVariables.map((name) =>
      setting(name, undefined, pemFile(read), name.toLowerCase(), name),
    );
  });
  return extra === undefined ? trusted : [trusted ?? defaultCertificates(), extra].join('\n');
}

function certificatesOf(text: string): string | undefined {
  const found = [...text.matchAll(pemCertificate)].map(([certificate]) => certificate);
  const read = callSafely(() => found.map((certificate) => new X509Certificate(certificate)), []);
  return read.length > 0 ? found.join('\n') : undefined;
}

/** Both, since Temporal's Core trusts the system's, and Node its own. */
function defaultCertificates(): string {
  // Node.js 22.15 and newer.
  const { getCACertificates } = tls as Partial<Pick<typeof tls, 'getCACertificates'>>;
  const stores = ['default', 'system'] as const;
  const known = stores.flatMap((store) => getCACertificates?.(store) ?? tls.rootCertificates);
  return [...new Set(known)].join('\n');
}
