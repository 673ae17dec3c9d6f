import { checkOptions, type Clock, readInstant, sleep, systemClock } from '@worker-auth/internal';
import type { BackoffPolicy } from '../backoff-policy.ts';
import type { Lease } from '../lease.ts';
import type { RefreshPolicy } from '../refresh-policy.ts';
import { CertificateError, CertificateErrorCode } from './certificate-error.ts';
import { type CertificateFiles, checkFiles, readFiles } from './certificate-files.ts';
import type { ClientCertificate } from './client-certificate.ts';
import { parseCertificate } from './parse-certificate.ts';

/** What a `RefreshScheduler` needs to keep a certificate. */
export interface CertificateLease {
  /** Reads the files. Its value is the same object as before while they hold the same certificates. */
  readonly refresh: (signal?: AbortSignal) => Promise<Lease<ClientCertificate>>;
  /** The files are read every 5 to 10 s, and earlier before the end of the certificate. */
  readonly policy: Pick<RefreshPolicy, 'minDelayMs' | 'maxDelayMs'>;
  /** The same interval when they cannot be used. */
  readonly backoff: Pick<BackoffPolicy, 'maxWithLeaseMs' | 'maxWithoutLeaseMs'>;
}

/** Settings of {@link certificateLease}. */
export interface CertificateLeaseOptions {
  /** Default: the host's. */
  readonly clock?: Clock | undefined;
}

/** Interval of reading, in milliseconds. Network mounts report no change to a watch of the file system. */
const lookEveryMs = 10_000;

/** While the files are being replaced, one may be old and the other new: both are read again. */
const again = { attempts: 5, waitMs: 200 } as const;

/** Errors that end when the files have been written. */
const passing: ReadonlySet<CertificateErrorCode> = new Set([
  CertificateErrorCode.unreadable,
  CertificateErrorCode.malformed,
  CertificateErrorCode.mismatch,
]);

/**
 * A client certificate as a lease: read from its files, good until the `notAfter` of the first in its chain that ends, and another one
 * as soon as the files hold another. Key and certificate are compared, so that never those of two versions are used together.
 *
 * ```ts
 * const scheduler = new RefreshScheduler(certificateLease({ certFile: 'tls.crt', keyFile: 'tls.key' }));
 * scheduler.on('refreshed', ({ lease }) => use(lease.value));
 * ```
 *
 * `refresh` rejects with a {@link CertificateError}; the scheduler keeps the old certificate to its end then.
 *
 * @throws TypeError for what are no names of files
 */
export function certificateLease(
  files: CertificateFiles,
  options: CertificateLeaseOptions = {},
): CertificateLease {
  checkFiles(files);
  checkOptions('certificateLease', options, { clock: true });
  const { clock = systemClock } = options;
  let last: ClientCertificate | undefined;
  return {
    refresh: async (signal) => {
      const read = await readPair(files, clock, signal);
      const value = read.fingerprint === last?.fingerprint ? last : read;
      last = value;
      const obtainedAt = readInstant(clock);
      return { value, obtainedAt, lifetimeMs: value.notAfter.getTime() - obtainedAt.wallMs };
    },
    policy: { minDelayMs: 0, maxDelayMs: lookEveryMs },
    backoff: { maxWithLeaseMs: lookEveryMs, maxWithoutLeaseMs: lookEveryMs },
  };
}

async function readPair(
  files: CertificateFiles,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<ClientCertificate> {
  for (let attempt = 1; ; attempt++) {
    try {
      return parseCertificate(await readFiles(files, signal), files, clock.wallNow());
    } catch (error) {
      const mayPass = error instanceof CertificateError && passing.has(error.code);
      if (!mayPass || attempt === again.attempts) throw error;
    }
    await sleep(clock, again.waitMs, signal);
  }
}
