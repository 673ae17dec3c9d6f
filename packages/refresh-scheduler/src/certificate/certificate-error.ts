import { brandErrors } from '@worker-auth/internal';

/** Codes of {@link CertificateError}, stable across versions. */
export const CertificateErrorCode = {
  /** A file is not there, is a folder, or may not be read. */
  unreadable: 'REFRESH_SCHEDULER_CERTIFICATE_UNREADABLE',
  /** A file is empty, is written only in part, or holds something else. */
  malformed: 'REFRESH_SCHEDULER_CERTIFICATE_MALFORMED',
  /** The key is encrypted, and there is nobody to ask for its passphrase. */
  keyEncrypted: 'REFRESH_SCHEDULER_CERTIFICATE_KEY_ENCRYPTED',
  /** The key is not that of the certificate. */
  mismatch: 'REFRESH_SCHEDULER_CERTIFICATE_MISMATCH',
  /** The life of the certificate, or of one of its chain, has ended. */
  expired: 'REFRESH_SCHEDULER_CERTIFICATE_EXPIRED',
  /** The life of the certificate, or of one of its chain, has not begun. */
  notYetValid: 'REFRESH_SCHEDULER_CERTIFICATE_NOT_YET_VALID',
} as const;

/** One of the values of `CertificateErrorCode`. */
export type CertificateErrorCode = (typeof CertificateErrorCode)[keyof typeof CertificateErrorCode];

/**
 * What a certificate or its key cannot be used for. The message names the file and says what to do; nothing of what the file holds is in it,
 * and there is no `cause`.
 */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  /** Somebody must see to the files. */
  readonly kind = 'configuration';
  readonly code: CertificateErrorCode;
  /** Whether it may pass by itself: the files may be in the middle of an update. */
  readonly retryable: boolean;

  /** Makes an error, which is retryable unless its code says that the key is encrypted. The message names the file, and nothing of what it holds. */
  constructor(message: string, { code }: { readonly code: CertificateErrorCode }) {
    super(message);
    this.code = code;
    this.retryable = code !== CertificateErrorCode.keyEncrypted;
  }
}

brandErrors('refresh-scheduler', { CertificateError });
