/**
 * The stable codes of what the doctor alone finds; part of the public interface. `docs/runbook/doctor.md` describes each. An error of the
 * packages keeps its code, see `AnyErrorCode`.
 */
export const DoctorCode = {
  nameUnknown: 'DOCTOR_NAME_UNKNOWN',
  connectionFailed: 'DOCTOR_CONNECTION_FAILED',
  connectionTimedOut: 'DOCTOR_CONNECTION_TIMED_OUT',
  handshakeFailed: 'DOCTOR_TLS_HANDSHAKE_FAILED',
  certificateUntrusted: 'DOCTOR_CERTIFICATE_UNTRUSTED',
  certificateExpired: 'DOCTOR_CERTIFICATE_EXPIRED',
  certificateOfOtherName: 'DOCTOR_CERTIFICATE_OF_OTHER_NAME',
  /** In less than 14 days. */
  certificateExpiring: 'DOCTOR_CERTIFICATE_EXPIRING',
  /** A file or an option of trusted certificates has none. */
  certificatesUnreadable: 'DOCTOR_CERTIFICATES_UNREADABLE',
  /** Node.js verifies no certificate. */
  certificatesUnverified: 'DOCTOR_CERTIFICATES_UNVERIFIED',
  /** Its name is almost that of a variable that is read. */
  variableUnread: 'DOCTOR_VARIABLE_UNREAD',
  proxyFailed: 'DOCTOR_PROXY_FAILED',
  noSidecar: 'DOCTOR_NO_SIDECAR',
  /** It did not run its workers. */
  programFailed: 'DOCTOR_PROGRAM_FAILED',
  /** Their form is that of no client id or no secret, or they look swapped. */
  credentialsSuspect: 'DOCTOR_CREDENTIALS_SUSPECT',
  /** The URL of the token endpoint says http, and the server speaks TLS. */
  tlsExpected: 'DOCTOR_TLS_EXPECTED',
  noTemporal: 'DOCTOR_NO_TEMPORAL',
  platformUnsupported: 'DOCTOR_PLATFORM_UNSUPPORTED',
  serverOld: 'DOCTOR_SERVER_OLD',
  frontendsDiffer: 'DOCTOR_FRONTENDS_DIFFER',
  noPollers: 'DOCTOR_NO_POLLERS',
  tooManyPolls: 'DOCTOR_TOO_MANY_POLLS',
  tokenUnverifiable: 'DOCTOR_TOKEN_UNVERIFIABLE',
  tokenShort: 'DOCTOR_TOKEN_SHORT',
  subjectMissing: 'DOCTOR_SUBJECT_MISSING',
  audienceOther: 'DOCTOR_AUDIENCE_OTHER',
  permissionMissing: 'DOCTOR_PERMISSION_MISSING',
  oneTokenPerClient: 'DOCTOR_ONE_TOKEN_PER_CLIENT',
  clockOff: 'DOCTOR_CLOCK_OFF',
  agentAway: 'DOCTOR_AGENT_AWAY',
  agentUnready: 'DOCTOR_AGENT_UNREADY',
  agentRejects: 'DOCTOR_AGENT_REJECTS',
  agentLate: 'DOCTOR_AGENT_LATE',
  tokenInPlaintext: 'DOCTOR_TOKEN_IN_PLAINTEXT',
} as const;

/** One of {@link DoctorCode}. */
export type DoctorCode = (typeof DoctorCode)[keyof typeof DoctorCode];
