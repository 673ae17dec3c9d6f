import { checkOptions, throwIfAborted } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import { CertificateError, CertificateErrorCode } from './certificate-error.ts';

/** Where a client certificate is: PEM files (RFC 7468) that somebody else renews, cert-manager or Vault Agent for example. */
export interface CertificateFiles {
  /** The certificate; those of its chain may follow. */
  readonly certFile: string;
  /** Its private key, not encrypted. */
  readonly keyFile: string;
  /** Certificates of the authorities that servers are trusted by. Default none: those that the host trusts. */
  readonly caFile?: string | undefined;
}

/** Content of the files, each read once. */
export interface ReadFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/** Every authority that a host trusts is a quarter of it. */
const maxBytes = 1_048_576;

const unreadable: Readonly<Partial<Record<string, string>>> = {
  ENOENT: 'is not there. Correct the path, or have it written',
  ENOTDIR: 'is not there. Correct the path, a part of which is no folder',
  EISDIR: 'is a folder: name the file in it',
  ENOTFILE: 'is no regular file: name the file that holds it',
  EFBIG: `is longer than ${maxBytes} bytes: name the file that holds it`,
  EACCES: 'may not be read. Give this process the right to',
  EPERM: 'may not be read. Give this process the right to',
};

/** @throws TypeError for what are no names of files */
export function checkFiles(files: CertificateFiles): void {
  checkOptions('certificateLease', files, { certFile: true, keyFile: true, caFile: true });
  const { certFile, keyFile, caFile } = files;
  for (const [name, path] of Object.entries({ certFile, keyFile, caFile })) {
    if (name === 'caFile' && path === undefined) continue;
    if (typeof path !== 'string' || path === '') throw new TypeError(`${name} must be the path of a file`);
  }
}

/** @throws CertificateError when one cannot be read; the signal's reason */
export async function readFiles(
  { certFile, keyFile, caFile }: CertificateFiles,
  signal: AbortSignal | undefined,
): Promise<ReadFiles> {
  const cert = await readText('certFile', certFile, signal);
  const key = await readText('keyFile', keyFile, signal);
  const ca = caFile === undefined ? undefined : await readText('caFile', caFile, signal);
  return { cert, key, ca };
}

async function readText(name: string, path: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await readBoundedFile(path, { maxBytes, signal });
  } catch (error) {
    throwIfAborted(signal);
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CertificateError(`${name} ${path} ${unreadable[reason] ?? `cannot be read (${reason})`}.`, {
      code: CertificateErrorCode.unreadable,
    });
  }
}
