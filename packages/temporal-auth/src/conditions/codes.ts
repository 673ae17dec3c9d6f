/** `critical`: work stops, or is about to, until somebody acts. */
export type Severity = 'critical' | 'warning';

/** What is known of a condition beforehand; `docs/runbook/conditions.md` is made of it. */
export interface ConditionKind {
  readonly severity: Severity;
  readonly meaning: string;
  readonly remedy: string;
  /** What says more. */
  readonly lookAt: string;
  /** Conditions that bring this one about: it is not raised beside them. */
  readonly consequenceOf: readonly ConditionCode[];
}

/** What is wrong; stable. */
export type ConditionCode =
  | 'CREDENTIALS_NOT_FOUND'
  | 'CLIENT_REJECTED'
  | 'NO_TOKEN'
  | 'TOKEN_NOT_REFRESHED'
  | 'TOKENS_REVOKED'
  | 'CLOCK_DIFFERS'
  | 'TEMPORAL_REJECTS_TOKEN'
  | 'PERMISSION_MISSING'
  | 'TEMPORAL_UNREACHABLE'
  | 'TEMPORAL_THROTTLES'
  | 'RESULTS_PENDING'
  | 'CERTIFICATE_NOT_RENEWED'
  | 'CERTIFICATE_EXPIRED'
  | 'WORKER_FAILED'
  | 'TOKEN_FILE_FAILED'
  | 'PROXY_RESULTS_PENDING';

const ofClient: readonly ConditionCode[] = ['CREDENTIALS_NOT_FOUND', 'CLIENT_REJECTED'];
const ofToken: readonly ConditionCode[] = ['NO_TOKEN', 'CERTIFICATE_EXPIRED'];
const ofTemporal: readonly ConditionCode[] = [
  'TEMPORAL_REJECTS_TOKEN',
  'PERMISSION_MISSING',
  'TEMPORAL_UNREACHABLE',
  'TEMPORAL_THROTTLES',
  ...ofToken,
];

/** All that can be wrong. */
export const conditionKinds: Readonly<Record<ConditionCode, ConditionKind>> = {
  CREDENTIALS_NOT_FOUND: {
    severity: 'critical',
    meaning: 'No usable credentials are found',
    remedy:
      'Set the variables or the keys of the secret that the cause names. They are read again by themselves.',
    lookAt: 'The sources that the doctor lists, and the name of the application.',
    consequenceOf: [],
  },
  CLIENT_REJECTED: {
    severity: 'critical',
    meaning: 'The OAuth server rejects the client',
    remedy:
      'Write the right client id and secret to where they are read from. They are read again every few seconds.',
    lookAt: "The OAuth server's log, and `TOKEN_CLIENT_REJECTED` on the page of token codes.",
    consequenceOf: [],
  },
  NO_TOKEN: {
    severity: 'critical',
    meaning: 'There is no valid access token',
    remedy: 'Mend what the cause names: the token endpoint, or the way to it. A restart does not help.',
    lookAt: '`worker_auth_token_refreshes_total` by `error_type`, and the status of the OAuth server.',
    consequenceOf: ofClient,
  },
  TOKEN_NOT_REFRESHED: {
    severity: 'warning',
    meaning: 'The access token is not refreshed, and still valid',
    remedy: 'Mend what the cause names before the token expires. It is requested again by itself.',
    lookAt: '`worker_auth_token_expiration_timestamp_seconds`, and the status of the OAuth server.',
    consequenceOf: [...ofClient, 'NO_TOKEN'],
  },
  TOKENS_REVOKED: {
    severity: 'warning',
    meaning: 'Temporal accepts access tokens at first, and rejects them long before they expire',
    remedy:
      'Where the OAuth server keeps one token per client, give each process a client of its own, or share one token by `worker-auth agent`.',
    lookAt:
      '`DOCTOR_ONE_TOKEN_PER_CLIENT` on the page of doctor codes, and the audit log of the OAuth server.',
    consequenceOf: [],
  },
  CLOCK_DIFFERS: {
    severity: 'warning',
    meaning: 'The clocks of this host and of the OAuth server differ by more than a minute',
    remedy: 'Check NTP on this host, and on that of the OAuth server.',
    lookAt: '`date -u` on both.',
    consequenceOf: [],
  },
  TEMPORAL_REJECTS_TOKEN: {
    severity: 'critical',
    meaning: 'Temporal rejects the token of the workers',
    remedy:
      'Compare issuer, audience, key and clock, which the cause has, with what Temporal trusts. The token is replaced, or tried again, by itself.',
    lookAt: "Temporal's log, and `TEMPORAL_AUTH_CALL_REJECTED` on the page of Temporal codes.",
    consequenceOf: [...ofToken, 'PERMISSION_MISSING'],
  },
  PERMISSION_MISSING: {
    severity: 'critical',
    meaning: 'Temporal accepts the token, which lacks a permission',
    remedy: 'Grant `<namespace>:write` to the client. The next token has it.',
    lookAt: 'The permissions in the token, which the doctor shows.',
    consequenceOf: ofToken,
  },
  TEMPORAL_UNREACHABLE: {
    severity: 'critical',
    meaning: 'Temporal does not answer',
    remedy:
      'Check address, network, TLS and the server. Workers go on by themselves; results wait until then.',
    lookAt:
      'The doctor, which tries name, port, TLS and Temporal in this order; the other workers of the namespace.',
    consequenceOf: ['CERTIFICATE_EXPIRED'],
  },
  TEMPORAL_THROTTLES: {
    severity: 'warning',
    meaning: 'Temporal throttles the workers',
    remedy: 'Raise `frontend.namespaceRPS` or `frontend.namespaceCount`, or run fewer pollers.',
    lookAt: "Temporal's metric `service_errors_resource_exhausted`, by `resource_exhausted_cause`.",
    consequenceOf: [],
  },
  RESULTS_PENDING: {
    severity: 'warning',
    meaning: 'Temporal has not accepted activity results, which are sent again until it does',
    remedy: 'Leave the process alone: they end with it. Mend what the cause names.',
    lookAt: '`worker_auth_activity_results_total` by `worker_auth_result_handling`.',
    consequenceOf: ofTemporal,
  },
  CERTIFICATE_NOT_RENEWED: {
    severity: 'warning',
    meaning: 'The client certificate is not renewed, and still valid',
    remedy:
      'Check who writes its files. A file that is mounted by `subPath` never changes. They are read every few seconds.',
    lookAt: '`worker_auth_certificate_expiration_timestamp_seconds`; `kubectl describe certificate`.',
    consequenceOf: ['CERTIFICATE_EXPIRED'],
  },
  CERTIFICATE_EXPIRED: {
    severity: 'critical',
    meaning: 'The client certificate has expired',
    remedy: 'Write a new one to its files. Do not restart before: a start needs a valid one.',
    lookAt: 'The same as for `CERTIFICATE_NOT_RENEWED`.',
    consequenceOf: [],
  },
  WORKER_FAILED: {
    severity: 'warning',
    meaning: 'A worker failed',
    remedy: 'Mend what the cause names. Another worker takes its place, up to `maxConsecutiveFailures`.',
    lookAt: '`worker_auth_workers` by state, and what Temporal logged before.',
    consequenceOf: ofTemporal,
  },
  TOKEN_FILE_FAILED: {
    severity: 'warning',
    meaning: 'The agent cannot write its token file',
    remedy:
      'Create the folder, change its permissions or free space, as the cause says. It is written again each second.',
    lookAt: '`TOKEN_FILE_UNWRITABLE` on the page of token codes.',
    consequenceOf: [],
  },
  PROXY_RESULTS_PENDING: {
    severity: 'warning',
    meaning: 'Temporal has not accepted results that the workers of the proxy were told are reported',
    remedy: 'Do not kill the agent: its results end with it. Mend what the cause names.',
    lookAt: '`worker_auth_proxy_pending_results`.',
    consequenceOf: ofTemporal,
  },
};

/** What a condition concerns, such as a namespace and an address; also fields of its log lines. */
export type ConditionScope = Readonly<Record<string, string | undefined>>;

/** Something that is wrong; plain data, which JSON can hold. Times are in the form of ISO 8601. */
export interface Condition {
  /** Stable; the runbook is ordered by it. */
  readonly code: ConditionCode;
  readonly severity: Severity;
  /** What was seen last, without anything secret. */
  readonly cause: string;
  readonly scope: ConditionScope;
  readonly since: string;
  /** When it was seen last. */
  readonly lastAt: string;
  /** When the next attempt is made; `undefined` where that is not known. */
  readonly nextAttemptAt: string | undefined;
  readonly remedy: string;
}

export const conditionCodes = Object.keys(conditionKinds) as readonly ConditionCode[];

export function kindOf(code: ConditionCode): ConditionKind {
  return conditionKinds[code];
}
