import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { CertificateError, CertificateErrorCode } from './certificate-error.ts';
import type { CertificateFiles, ReadFiles } from './certificate-files.ts';
import { ClientCertificate } from './client-certificate.ts';

/** One certificate in PEM (RFC 7468 section 5). */
const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** RFC 7468 section 11, and what OpenSSL wrote before (RFC 1421 section 4.6.1.1). */
const encryptedKey = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/**
 * Makes a certificate from its files, when they match and it has not expired.
 *
 * @param nowMs since the epoch
 * @throws CertificateError
 */
export function parseCertificate(read: ReadFiles, files: CertificateFiles, nowMs: number): ClientCertificate {
  const chain = parseChain(read.cert, 'certFile', files.certFile);
  const key = parseKey(read.key, files.keyFile);
  const authorities = read.ca === undefined ? [] : parseChain(read.ca, 'caFile', files.caFile ?? '');
  if (chain[0]?.checkPrivateKey(key) !== true) {
    throw new CertificateError(
      `keyFile ${files.keyFile} is not the key of the first certificate in certFile ${files.certFile}. Have both written ` +
        'again, and the certificate of the client before those of its chain.',
      { code: CertificateErrorCode.mismatch },
    );
  }
  return new ClientCertificate({
    cert: read.cert,
    ca: read.ca,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    fingerprint: fingerprintOf([...chain, ...authorities]),
    ...lifeOf(chain, files.certFile, nowMs),
  });
}

function parseChain(pem: string, name: string, path: string): readonly X509Certificate[] {
  const blocks = pem.match(certificateBlock) ?? [];
  try {
    const chain = blocks.map((block) => new X509Certificate(block));
    // A block without its end is one that is being written.
    if (chain.length > 0 && chain.length === pem.split('-----BEGIN CERTIFICATE-----').length - 1)
      return chain;
  } catch {
    // What OpenSSL says of it helps nobody.
  }
  throw new CertificateError(
    `${name} ${path} ${pem === '' ? 'is empty' : 'holds no whole certificate'}: it must hold certificates in PEM.`,
    { code: CertificateErrorCode.malformed },
  );
}

function parseKey(pem: string, path: string): KeyObject {
  if (encryptedKey.test(pem)) {
    throw new CertificateError(
      `keyFile ${path} is encrypted. Have it written without a passphrase, and readable by this process alone.`,
      { code: CertificateErrorCode.keyEncrypted },
    );
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new CertificateError(
      `keyFile ${path} ${pem === '' ? 'is empty' : 'holds no whole private key'}: it must hold one in PEM, RSA or EC.`,
      { code: CertificateErrorCode.malformed },
    );
  }
}

/** While each of them is valid: no server takes a chain without one. */
function lifeOf(
  chain: readonly X509Certificate[],
  path: string,
  nowMs: number,
): Pick<ClientCertificate, 'notBefore' | 'notAfter'> {
  const begins = Math.max(...chain.map(({ validFrom }) => Date.parse(validFrom)));
  const ends = Math.min(...chain.map(({ validTo }) => Date.parse(validTo)));
  if (nowMs >= ends) {
    throw new CertificateError(
      `certFile ${path} has expired, on ${new Date(ends).toISOString()}. Have it renewed, and check this host's clock.`,
      { code: CertificateErrorCode.expired },
    );
  }
  if (nowMs < begins) {
    throw new CertificateError(
      `certFile ${path} is not valid yet, not before ${new Date(begins).toISOString()}. Check this host's clock.`,
      { code: CertificateErrorCode.notYetValid },
    );
  }
  return { notBefore: new Date(begins), notAfter: new Date(ends) };
}

function fingerprintOf(certificates: readonly X509Certificate[]): string {
  const hash = createHash('sha256');
  for (const { fingerprint256 } of certificates) hash.update(fingerprint256);
  return hash.digest('hex');
}
