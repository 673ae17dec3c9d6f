/** `critical`: work stops, or is about to, until somebody acts. */
export type Severity = 'critical' | 'warning';

/** What is known of a condition beforehand; `docs/runbook/conditions.md` has the same. */
interface ConditionKind<Code = string> {
  readonly severity: Severity;
  readonly meaning: string;
  readonly remedy: string;
  /** Conditions that bring this one about: it is not raised beside them. */
  readonly consequenceOf?: readonly Code[];
}

const ofClient = ['CREDENTIALS_NOT_FOUND', 'CLIENT_REJECTED'] as const;
const ofToken = ['NO_TOKEN', 'CERTIFICATE_EXPIRED'] as const;
const ofTemporal = [
  ...([
    'TEMPORAL_REJECTS_TOKEN',
    'PERMISSION_MISSING',
    'TEMPORAL_UNREACHABLE',
    'TEMPORAL_THROTTLES',
  ] as const),
  ...ofToken,
];

/** All that can be wrong. */
export const conditionKinds = kindsOf({
  CREDENTIALS_NOT_FOUND: {
    severity: 'critical',
    meaning: 'No usable credentials are found',
    remedy:
      'Set the variables or the keys of the secret that the cause names. They are read again by themselves.',
  },
  CLIENT_REJECTED: {
    severity: 'critical',
    meaning: 'The OAuth server rejects the client',
    remedy:
      'Write the right client id and secret to where they are read from. They are read again every few seconds.',
  },
  NO_TOKEN: {
    severity: 'critical',
    meaning: 'There is no valid access token',
    remedy: 'Mend what the cause names: the token endpoint, or the way to it. A restart does not help.',
    consequenceOf: ofClient,
  },
  TOKEN_NOT_REFRESHED: {
    severity: 'warning',
    meaning: 'The access token is not refreshed',
    remedy: 'Mend what the cause names before the token expires. It is requested again by itself.',
    consequenceOf: [...ofClient, 'NO_TOKEN'],
  },
  TOKENS_REVOKED: {
    severity: 'warning',
    meaning: 'Temporal accepts access tokens at first, and rejects them long before they expire',
    remedy:
      'Where the OAuth server keeps one token per client, give each process a client of its own, or share one token by `worker-auth-agent`.',
  },
  CLOCK_DIFFERS: {
    severity: 'warning',
    meaning: 'The clocks of this host and of the OAuth server differ by more than a minute',
    remedy: 'Check NTP on this host, and on that of the OAuth server.',
  },
  TEMPORAL_REJECTS_TOKEN: {
    severity: 'critical',
    meaning: 'Temporal rejects the token of the workers',
    remedy:
      'Compare issuer, audience, key and clock, which the cause has, with what Temporal trusts. The token is replaced, or tried again, by itself.',
    consequenceOf: [...ofToken, 'PERMISSION_MISSING'],
  },
  PERMISSION_MISSING: {
    severity: 'critical',
    meaning: 'Temporal accepts the token, which lacks a permission',
    remedy: 'Grant `<namespace>:write` to the client. The next token has it.',
    consequenceOf: ofToken,
  },
  TEMPORAL_UNREACHABLE: {
    severity: 'critical',
    meaning: 'Temporal does not answer',
    remedy:
      'Check address, network, TLS and the server. Workers go on by themselves; results wait until then.',
    consequenceOf: ['CERTIFICATE_EXPIRED'],
  },
  TEMPORAL_THROTTLES: {
    severity: 'warning',
    meaning: 'Temporal throttles the workers',
    remedy: 'Raise `frontend.namespaceRPS` or `frontend.namespaceCount`, or run fewer pollers.',
  },
  RESULTS_PENDING: {
    severity: 'warning',
    meaning: 'Temporal has not accepted activity results, which are sent again until it does',
    remedy: 'Leave the process alone: they end with it. Mend what the cause names.',
    consequenceOf: ofTemporal,
  },
  CERTIFICATE_NOT_RENEWED: {
    severity: 'warning',
    meaning: 'The client certificate is not renewed',
    remedy:
      'Check who writes its files. A file that is mounted by `subPath` never changes. They are read every few seconds.',
    consequenceOf: ['CERTIFICATE_EXPIRED'],
  },
  CERTIFICATE_EXPIRED: {
    severity: 'critical',
    meaning: 'The client certificate has expired',
    remedy: 'Write a new one to its files. Do not restart before: a start needs a valid one.',
  },
  WORKER_FAILED: {
    severity: 'warning',
    meaning: 'A worker failed',
    remedy: 'Mend what the cause names. Another worker takes its place, up to `maxConsecutiveFailures`.',
    consequenceOf: ofTemporal,
  },
  WORKER_GIVEN_UP: {
    severity: 'critical',
    meaning: 'Giving up on the worker',
    remedy: 'Mend what the cause names, and start the process again: no other worker takes its place.',
  },
  TOKEN_FILE_FAILED: {
    severity: 'warning',
    meaning: 'The agent cannot write its token file',
    remedy:
      'Create the folder, change its permissions or free space, as the cause says. It is written again each second.',
  },
  PROXY_RESULTS_PENDING: {
    severity: 'warning',
    meaning: 'Temporal has not accepted results that the workers of the proxy take for reported',
    remedy: 'Do not kill the agent: its results end with it. Mend what the cause names.',
    consequenceOf: ofTemporal,
  },
});

/** What is wrong; stable. */
export type ConditionCode = keyof typeof conditionKinds;

export const conditionCodes = Object.keys(conditionKinds) as readonly ConditionCode[];

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

/** Keeps the codes alone as types. */
function kindsOf<C extends string>(
  kinds: Readonly<Record<C, ConditionKind<NoInfer<C>>>>,
): Readonly<Record<C, ConditionKind<C>>> {
  return kinds;
}
