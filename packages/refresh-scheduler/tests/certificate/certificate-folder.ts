import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testClientCertificate, type TestClientCertificateOptions } from '@worker-auth/testing-fakes';
import { onTestFinished } from 'vitest';
import type { CertificateFiles } from '../../src/certificate.ts';

/** A folder with the files of a client certificate, for one test. */
export class CertificateFolder {
  readonly files: CertificateFiles & { readonly caFile: string };

  static async create(): Promise<CertificateFolder> {
    const path = await mkdtemp(join(tmpdir(), 'certificates-'));
    onTestFinished(() => rm(path, { recursive: true }));
    return new CertificateFolder(path);
  }

  private constructor(path: string) {
    const [certFile, keyFile, caFile] = ['tls.crt', 'tls.key', 'ca.crt'].map((name) => join(path, name));
    this.files = { certFile: `${certFile}`, keyFile: `${keyFile}`, caFile: `${caFile}` };
  }

  /** Writes another pair, and gives it. */
  async issue(
    options: TestClientCertificateOptions = {},
  ): Promise<{ cert: string; key: string; ca: string }> {
    const issued = testClientCertificate(options);
    await this.write(issued);
    return issued;
  }

  async write({
    cert,
    key,
    ca,
  }: {
    cert?: string | undefined;
    key?: string | undefined;
    ca?: string | undefined;
  }): Promise<void> {
    const { certFile, keyFile, caFile } = this.files;
    if (cert !== undefined) await writeFile(certFile, cert);
    if (key !== undefined) await writeFile(keyFile, key);
    if (ca !== undefined) await writeFile(caFile, ca);
  }
}
