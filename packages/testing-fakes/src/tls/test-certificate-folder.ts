import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkGiven, text } from '../given/check-given.ts';
import type { TestCertificates } from './test-certificates.ts';
import { testClientCertificate, type TestClientCertificateOptions } from './test-client-certificate.ts';

/** Where the files of a {@link TestCertificateFolder} are. */
export interface TestCertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

/** A temporary folder with the files of a client certificate, as a Kubernetes secret has them; it is gone with `await using`. */
export class TestCertificateFolder implements AsyncDisposable {
  readonly path: string;
  /** `tls.crt`, `tls.key` and `ca.crt`. */
  readonly files: TestCertificateFiles;

  /** Makes an empty one. */
  static async create(): Promise<TestCertificateFolder> {
    return new TestCertificateFolder(await mkdtemp(join(tmpdir(), 'certificates-')));
  }

  private constructor(path: string) {
    this.path = path;
    this.files = {
      certFile: join(path, 'tls.crt'),
      keyFile: join(path, 'tls.key'),
      caFile: join(path, 'ca.crt'),
    };
  }

  /** Writes a new {@link testClientCertificate} into the files, in place of what they hold. */
  async issue(options: TestClientCertificateOptions = {}): Promise<TestCertificates> {
    const issued = testClientCertificate(options);
    await this.write(issued);
    return issued;
  }

  /** Writes such texts into the files; what is left out stays as it is. */
  async write(given: Partial<TestCertificates>): Promise<void> {
    checkGiven('write', given, { cert: text, key: text, ca: text });
    const { cert, key, ca } = given;
    const { certFile, keyFile, caFile } = this.files;
    const texts = [
      [certFile, cert],
      [keyFile, key],
      [caFile, ca],
    ] as const;
    for (const [file, content] of texts) if (content !== undefined) await writeFile(file, content);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}
