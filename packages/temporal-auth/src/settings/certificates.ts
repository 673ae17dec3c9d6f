import type { Environment } from '@worker-auth/internal';
import { readBoundedFileNow } from '@worker-auth/internal/file';
import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import { type Format, SettingReader } from './setting-reader.ts';

/** What names files of trusted certificates; in lower case too. */
export const certificateVariables = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'] as const;

/** Longest file of certificates, in bytes. All authorities that a host trusts are a quarter of it. */
export const maxCertificateBytes = 1_048_576;

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

const pemText: Format<string> = {
  parse: certificatesOf,
  expected: 'certificates in PEM form',
};

function pemFile(read: (path: string) => string): Format<string> {
  return {
    parse: (path) => {
      try {
        return certificatesOf(read(path));
      } catch {
        // Not there, or not to be read.
      }
      return undefined;
    },
    expected: 'the path of a file of certificates in PEM form',
  };
}

/** The text of a file of certificates. */
export function readNow(path: string): string {
  return readBoundedFileNow(path, { maxBytes: maxCertificateBytes });
}

/**
 * The certificates of the authorities that are trusted, as one PEM text: those of `ca` alone; else those of the file that `SSL_CERT_FILE` names, or
 * without that those of Node and of the system, and those of the file that `NODE_EXTRA_CA_CERTS` names. Variables in lower case count too.
 *
 * @param read the text of a file
 * @returns `undefined` when nothing is set: the defaults are trusted
 * @throws ConfigurationError that names the option or the variable
 */
export function readCertificates(
  { ca }: Pick<AtlanAuthClientOptions, 'ca'>,
  env: Environment,
  read = readNow,
): string | undefined {
  const reader = new SettingReader(env);
  const given = ca instanceof Uint8Array ? Buffer.from(ca).toString('latin1') : ca;
  const own = reader.read('ca', given?.trim(), [], pemText);
  const file = (name: (typeof certificateVariables)[number]): string | undefined =>
    given === undefined ? reader.read(name, undefined, [name.toLowerCase(), name], pemFile(read)) : undefined;
  const [trusted, extra] = [own ?? file('SSL_CERT_FILE'), file('NODE_EXTRA_CA_CERTS')];
  reader.check();
  if (extra === undefined) return trusted;
  return [trusted ?? defaultCertificates(), extra].join('\n');
}

function certificatesOf(text: string): string | undefined {
  const found = text.match(pemCertificate) ?? [];
  try {
    for (const certificate of found) new X509Certificate(certificate);
  } catch {
    return undefined;
  }
  return found.length === 0 ? undefined : found.join('\n');
}

/** Both, since Temporal's Core trusts the system's, and Node its own. */
function defaultCertificates(): string {
  // Node.js 22.15 and newer.
  const { getCACertificates } = tls as Partial<Pick<typeof tls, 'getCACertificates'>>;
  const known =
    getCACertificates === undefined
      ? tls.rootCertificates
      : [...getCACertificates('default'), ...getCACertificates('system')];
  return [...new Set(known)].join('\n');
}
