/**
 * The stable codes of what the doctor alone finds; part of the public interface. What an error of the packages says keeps its code, see
 * `AnyErrorCode`.
 */
export const DoctorCode = {
  /** No address is known for a host's name. */
  nameUnknown: 'DOCTOR_NAME_UNKNOWN',
  /** A connection was refused or broke off. */
  connectionFailed: 'DOCTOR_CONNECTION_FAILED',
  /** No connection came about in time. */
  connectionTimedOut: 'DOCTOR_CONNECTION_TIMED_OUT',
  /** There was a connection, and no TLS over it. */
  handshakeFailed: 'DOCTOR_TLS_HANDSHAKE_FAILED',
  /** A certificate is signed by an authority that is not trusted here. */
  certificateUntrusted: 'DOCTOR_CERTIFICATE_UNTRUSTED',
  /** A certificate is over, or not good yet. */
  certificateExpired: 'DOCTOR_CERTIFICATE_EXPIRED',
  /** A certificate is for another name. */
  certificateOfOtherName: 'DOCTOR_CERTIFICATE_OF_OTHER_NAME',
  /** A certificate is over in less than 14 days. */
  certificateExpiring: 'DOCTOR_CERTIFICATE_EXPIRING',
  /** The token is no JWT, or one that Temporal's own authorizer has no way to check. */
  tokenUnverifiable: 'DOCTOR_TOKEN_UNVERIFIABLE',
  /** The token lives for less than a minute. */
  tokenShort: 'DOCTOR_TOKEN_SHORT',
  /** The claim `permissions` does not hold what a worker needs. */
  permissionMissing: 'DOCTOR_PERMISSION_MISSING',
  /** This host's clock and the authorization server's differ by more than 5 s. */
  clockOff: 'DOCTOR_CLOCK_OFF',
  /** The token goes to another host unencrypted. */
  tokenInPlaintext: 'DOCTOR_TOKEN_IN_PLAINTEXT',
} as const;

/** One of {@link DoctorCode}. */
export type DoctorCode = (typeof DoctorCode)[keyof typeof DoctorCode];
