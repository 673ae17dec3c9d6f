import { access, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { TestCertificateFolder } from '../../src/tls/test-certificate-folder.ts';

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
