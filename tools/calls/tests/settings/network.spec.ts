import { testCertificates } from '@worker-auth/testing-fakes';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Network, readNetwork } from '../../src/settings/network-settings.ts';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';

const { ca, cert, key } = testCertificates();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "certificates #%41 é' "));
  await writeFile(join(folder, 'ca.pem'), `The authority\n${ca}`);
  await writeFile(join(folder, 'extra.pem'), cert);
  await writeFile(join(folder, 'key.pem'), key);
});
afterAll(() => rm(folder, { recursive: true }));

const file = (name: string): string => join(folder, name);

/** Each certificate, on lines of its own, by its fingerprint. */
function fingerprints(pem = ''): string[] {
  const found = pem.match(/^-----BEGIN CERTIFICATE-----$[^-]+^-----END CERTIFICATE-----$/gm) ?? [];
  return found.map((certificate) => new X509Certificate(certificate).fingerprint256);
}

function readCertificates(...given: Parameters<typeof readNetwork>): ReturnType<Network['certificates']> {
  return readNetwork(...given).certificates();
}

describe('the trusted certificates', () => {
  it('has none when nothing is said', () => {
    expect(readCertificates({}, { SSL_CERT_FILE: '', NODE_EXTRA_CA_CERTS: '' })).toBeUndefined();
  });

  it.each([
    ['text', `# ours\n${ca}\n${cert}\n`],
    ['bytes', Buffer.from(`${ca}${cert}`)],
  ])('trusts those of the option alone, given as %s', (_kind, given) => {
    const env = { SSL_CERT_FILE: 'not there', NODE_EXTRA_CA_CERTS: 'not there' };
    expect(fingerprints(readCertificates({ ca: given }, env))).toEqual(fingerprints(`${ca}${cert}`));
  });

  it.each(['SSL_CERT_FILE', 'ssl_cert_file'])('trusts those of the file of %s alone', (name) => {
    expect(fingerprints(readCertificates({}, { [name]: file('ca.pem') }))).toEqual(fingerprints(ca));
  });

  it.each(['NODE_EXTRA_CA_CERTS', 'node_extra_ca_certs'])(
    'trusts those of the file of %s beside those of Node and of the system',
    (name) => {
      const trusted = fingerprints(readCertificates({}, { [name]: file('ca.pem') }));
      expect(trusted).toEqual(expect.arrayContaining(fingerprints(ca)));
      expect(trusted).toEqual(expect.arrayContaining(fingerprints(tls.rootCertificates.join('\n'))));
      expect(trusted).toEqual(
        expect.arrayContaining(fingerprints(tls.getCACertificates('system').join('\n'))),
      );
    },
  );

  it('trusts those of both files', () => {
    const env = { SSL_CERT_FILE: file('ca.pem'), NODE_EXTRA_CA_CERTS: file('extra.pem') };
    expect(fingerprints(readCertificates({}, env))).toEqual(fingerprints(`${ca}${cert}`));
  });

  it.each(['not there', 'key.pem', '.'])('rejects the file "%s", and names the variable', (name) => {
    for (const variable of ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']) {
      const read = (): unknown => readCertificates({}, { [variable]: file(name) });
      expect(read).toThrow(ConfigurationError);
      expect(read).toThrow(`${variable} must be the path of a file of certificates in PEM form.`);
    }
  });

  it.each(['', 'no certificate', key, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'rejects an option that holds no certificate',
    (given) => {
      expect(() => readCertificates({ ca: given }, {})).toThrow(/^ca must be certificates in PEM form\.$/);
    },
  );
});

describe('readNetwork', () => {
  it.each([
    ['is gone', () => rm(file('now.pem'))],
    ['is being written', () => writeFile(file('now.pem'), ca.slice(0, 100))],
    ['is too long', () => writeFile(file('now.pem'), cert.padStart(2_000_000))],
  ])('goes on with the certificates of a file that %s, and takes those that come', async (_state, spoil) => {
    await writeFile(file('now.pem'), ca);
    const network = readNetwork({}, { SSL_CERT_FILE: file('now.pem') });
    const newest = async (): Promise<string[]> =>
      fingerprints(await network.newestCertificates?.(AbortSignal.timeout(10_000)));
    expect(await newest()).toEqual(fingerprints(ca));
    await spoil();
    await expect(newest()).rejects.toThrow();
    expect(fingerprints(network.certificates())).toEqual(fingerprints(ca));
    await writeFile(file('now.pem'), cert);
    expect(await newest()).toEqual(fingerprints(cert));
    expect(fingerprints(network.certificates())).toEqual(fingerprints(cert));
  });

  it.each([
    ['a pipe into which nobody writes', () => execFileSync('mkfifo', [file('pipe')])],
    [
      'a device that never ends',
      () => {
        symlinkSync('/dev/zero', file('pipe'));
      },
    ],
    [
      'longer than all certificates of a host',
      () => {
        writeFileSync(file('pipe'), ca.padStart(2_000_000));
      },
    ],
  ])('rejects a file that is %s', (_what, make) => {
    make();
    onTestFinished(() => rm(file('pipe')));
    expect(() => readCertificates({}, { SSL_CERT_FILE: file('pipe') })).toThrow('SSL_CERT_FILE');
  });
});
