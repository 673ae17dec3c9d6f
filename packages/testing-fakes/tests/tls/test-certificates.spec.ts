import { X509Certificate } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { TestCertificateFolder } from '../../src/tls/test-certificate-folder.ts';
import { testCertificates } from '../../src/tls/test-certificates.ts';
import { testClientCertificate } from '../../src/tls/test-client-certificate.ts';

const authority = new X509Certificate(testCertificates().ca);
const clientAuthentication = '1.3.6.1.5.5.7.3.2';

/** In DER, each with whether it is critical: what a client with strict checks looks for, as Python 3.13 does (RFC 5280). */
it.each([
  ['a client', 'basic constraints', '300c0603551d130101ff04023000'],
  ['a client', 'key usage', '300e0603551d0f0101ff040403020780'],
  ['a client', 'subject key', '301d0603551d0e04160414'],
  ['a client', 'authority key', '301f0603551d23041830168014'],
  ['the authority', 'basic constraints', '300f0603551d130101ff040530030101ff'],
  ['the authority', 'key usage', '300e0603551d0f0101ff040403020106'],
])('the certificate of %s has the extension %s', (whose, _name, der) => {
  const pem = whose === 'a client' ? testClientCertificate().cert : testCertificates().ca;
  expect(new X509Certificate(pem).raw.toString('hex')).toContain(der);
});

describe('testClientCertificate', () => {
  it('is signed by the authority of the kit, for TLS clients alone', () => {
    const { ca, cert, key } = testClientCertificate();
    const certificate = new X509Certificate(cert);
    expect(ca).toBe(testCertificates().ca);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect([certificate.ca, certificate.keyUsage]).toEqual([false, [clientAuthentication]]);
    expect(certificate.subject).toBe('CN=worker');
    expect(certificate.subjectAltName).toBeUndefined();
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  it('is a new one at each call', () => {
    expect(testClientCertificate().cert).not.toBe(testClientCertificate().cert);
  });

  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:30Z'],
    ['2049-12-31T23:59:59Z', '2050-01-01T00:00:00Z'],
  ])('lives as long as is wanted: from %s to %s', (begin, end) => {
    const [notBefore, notAfter] = [new Date(begin), new Date(end)];
    const { validFrom, validTo } = new X509Certificate(testClientCertificate({ notBefore, notAfter }).cert);
    expect([new Date(validFrom), new Date(validTo)]).toEqual([notBefore, notAfter]);
  });

  it('is signed by its own key where that is wanted', () => {
    const certificate = new X509Certificate(testClientCertificate({ selfSigned: true }).cert);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(false);
    expect(certificate.issuer).toBe('CN=worker');
  });

  it.each([
    ['CN=worker,OU=apps,O=Example,C=DE', 'C=DE\nO=Example\nOU=apps\nCN=worker'],
    ['UID=orders,DC=example,DC=org', 'DC=org\nDC=example\nUID=orders'],
    ['cn = orders ü , o=a', 'O=a\nCN=orders ü'],
    [String.raw`CN=a\, b\\,O=x\2By\C3\BC`, String.raw`O=x\+yü` + '\n' + String.raw`CN=a\, b\\`],
  ])('has the subject %s', (subjectDn, subject) => {
    expect(new X509Certificate(testClientCertificate({ subjectDn }).cert).subject).toBe(subject);
  });

  it.each([
    ...['', 'worker', 'CN=', 'CN=a,', 'CN=a,,O=b', 'CN=a+OU=b', 'CN="a"'],
    ...['XX=a', 'CN=a,worker', 'CN=a,XX=b'],
  ])('rejects the subject "%s"', (subjectDn) => {
    expect(() => testClientCertificate({ subjectDn })).toThrow(
      new RangeError(
        `A name must be like CN=worker,O=Example, of CN, L, ST, O, OU, C, STREET, DC, UID, not "${subjectDn}"`,
      ),
    );
  });

  it.each([
    [{ sanDns: 'worker.example' }, 'DNS:worker.example'],
    [{ sanUri: 'spiffe://example.org/worker' }, 'URI:spiffe://example.org/worker'],
    [{ sanEmail: 'worker@example.org' }, 'email:worker@example.org'],
    [{ sanIp: '10.1.2.3' }, 'IP Address:10.1.2.3'],
    [{ sanIp: '2001:db8::1:ff00' }, 'IP Address:2001:DB8:0:0:0:0:1:FF00'],
    [{ sanIp: '1:2:3:4:5:6:7:8' }, 'IP Address:1:2:3:4:5:6:7:8'],
    [{ sanDns: 'a', sanIp: '::' }, 'DNS:a, IP Address:0:0:0:0:0:0:0:0'],
  ])('has the alternative names of %j', (names, text) => {
    expect(new X509Certificate(testClientCertificate(names).cert).subjectAltName).toBe(text);
  });

  it('rejects an IP address that is none', () => {
    expect(() => testClientCertificate({ sanIp: '10.1.2' })).toThrow(
      new RangeError('An IP address is needed, not "10.1.2"'),
    );
  });
});

const read = (file: string): Promise<string> => readFile(file, 'utf8');

describe('TestCertificateFolder', () => {
  it('holds the certificate that was issued last', async () => {
    await using folder = await TestCertificateFolder.create();
    await folder.issue();
    const { cert, key, ca } = await folder.issue();
    const { certFile, keyFile, caFile } = folder.files;
    expect([await read(certFile), await read(keyFile), await read(caFile)]).toEqual([cert, key, ca]);
  });

  it('leaves what is not written as it is', async () => {
    await using folder = await TestCertificateFolder.create();
    const { cert } = await folder.issue();
    await folder.write({ key: 'another' });
    expect([await read(folder.files.certFile), await read(folder.files.keyFile)]).toEqual([cert, 'another']);
  });

  it('is gone at the end', async () => {
    const folder = await TestCertificateFolder.create();
    expect(folder.path).toMatch(/certificates-\w+$/);
    await folder[Symbol.asyncDispose]();
    await expect(access(folder.path)).rejects.toThrow('ENOENT');
    // What a test has removed itself is no error.
    await folder[Symbol.asyncDispose]();
  });
});
