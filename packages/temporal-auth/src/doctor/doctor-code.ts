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
  /** A file or an option of trusted certificates holds none. */
  certificatesUnreadable: 'DOCTOR_CERTIFICATES_UNREADABLE',
  /** A proxy opens no tunnel. */
  proxyFailed: 'DOCTOR_PROXY_FAILED',
  /** What answers at the address of the Dapr sidecar is something else. */
  noSidecar: 'DOCTOR_NO_SIDECAR',
  /** The client id or the secret has white space around it, or they look swapped. */
  credentialsSuspect: 'DOCTOR_CREDENTIALS_SUSPECT',
  /** The URL of the token endpoint says http, and TLS is spoken there. */
  tlsExpected: 'DOCTOR_TLS_EXPECTED',
  /** What answers at Temporal's address is something else. */
  noTemporal: 'DOCTOR_NO_TEMPORAL',
  /** Temporal's native module has no build for this platform, or cannot be loaded. */
  platformUnsupported: 'DOCTOR_PLATFORM_UNSUPPORTED',
  /** The Temporal server is older than 1.28. */
  serverOld: 'DOCTOR_SERVER_OLD',
  /** The workers open more polls than Temporal allows. */
  tooManyPolls: 'DOCTOR_TOO_MANY_POLLS',
  /** The token has no text for `sub`. */
  subjectMissing: 'DOCTOR_SUBJECT_MISSING',
  /** The token is for another audience than the server is configured with. */
  audienceOther: 'DOCTOR_AUDIENCE_OTHER',
  /** The claim of permissions does not hold what a worker needs. */
  permissionMissing: 'DOCTOR_PERMISSION_MISSING',
  /** Temporal rejects a token after the next one was issued: the OAuth server keeps one token for each client. */
  oneTokenPerClient: 'DOCTOR_ONE_TOKEN_PER_CLIENT',
  /** This host's clock and the authorization server's differ by more than 5 s. */
  clockOff: 'DOCTOR_CLOCK_OFF',
  /** There is no agent, or no file of one. */
  agentAway: 'DOCTOR_AGENT_AWAY',
  /** The agent answers, and has no token, or cannot write it. */
  agentUnready: 'DOCTOR_AGENT_UNREADY',
  /** The agent wants another bearer. */
  agentRejects: 'DOCTOR_AGENT_REJECTS',
  /** The agent's token is so old that an agent that works would have replaced it. */
  agentLate: 'DOCTOR_AGENT_LATE',
  /** The token goes to another host unencrypted. */
  tokenInPlaintext: 'DOCTOR_TOKEN_IN_PLAINTEXT',
} as const;

/** One of {@link DoctorCode}. */
export type DoctorCode = (typeof DoctorCode)[keyof typeof DoctorCode];
