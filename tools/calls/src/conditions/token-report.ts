import type { Logger } from '../temporal.ts';
import type { Clock } from '@worker-auth/internal';
import { type TokenManager, TokenManagerErrorCode } from '@worker-auth/token-manager';
import type { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { messageOf } from '../errors/translate.ts';
import type { Conditions } from './conditions.ts';

/** Clocks that are kept by NTP do not differ by more, in milliseconds. */
const agreedMs = 60_000;

/** One or two tokens are rejected early when keys are replaced, and several at once by one call that lacks a permission. */
const suspicious = { count: 3, ms: 4_000 };

/** Conditions that end with a new token. */
const ofToken = ['CREDENTIALS_NOT_FOUND', 'CLIENT_REJECTED', 'NO_TOKEN', 'TOKEN_NOT_REFRESHED'] as const;

/** A token that somebody ended is replaced within this time, in ms. */
const endedMs = 15_000;

const { clientRejected, invalidCredentials } = TokenManagerErrorCode;

interface TokenReportOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly applicationName: string | undefined;
  readonly file: string | undefined;
  /** An error that may be shown. */
  readonly translated: (error: unknown) => unknown;
}

/** Raises what is wrong with the tokens of a manager, and logs the first one of a client and its secret: the others are events and metrics. */
export function reportTokens(
  manager: Pick<TokenManager, 'on' | 'lastError'>,
  { clock, logger, conditions, applicationName, file, translated }: TokenReportOptions,
): void {
  const scope = applicationName === undefined ? {} : { applicationName };
  let isLogged = false;
  let streakFromMs = 0;
  manager.on('credentialsRejected', () => {
    isLogged = false;
  });
  manager.on('tokenRefreshed', ({ tokenNumber, lifetimeMs, nextRefreshInMs, ...event }) => {
    const {
      credentialsSource = 'their source',
      hostAheadMs = 0,
      rejectedEarly = 0,
      missingScopes = [],
    } = event;
    if (!isLogged)
      logger.info(
        file === undefined
          ? `Access token obtained with the credentials from ${credentialsSource}`
          : `Access token read from ${file}`,
        {
          ...scope,
          tokenNumber,
          lifetimeMs: Math.round(lifetimeMs),
          nextRefreshInMs: Math.round(nextRefreshInMs),
        },
      );
    if (!isLogged && missingScopes.length > 0)
      logger.warn(
        `The authorization server did not grant these scopes: ${missingScopes.join(' ')}. Temporal may reject calls that need them: grant them to the client, or leave them out of the scope`,
        scope,
      );
    isLogged = true;
    for (const code of ofToken) conditions.clear(code, scope);
    const seconds = Math.round(Math.abs(hostAheadMs) / 1_000);
    const cause = `This host is ${seconds} s ${hostAheadMs < 0 ? 'behind' : 'ahead'}`;
    if (Math.abs(hostAheadMs) > agreedMs) conditions.raise('CLOCK_DIFFERS', { scope, cause });
    else conditions.clear('CLOCK_DIFFERS', scope);
    if (rejectedEarly === 1) streakFromMs = clock.monotonicNow();
    // While Temporal rejects each token, or some calls with it, nobody ends tokens.
    const isDenied = conditions.has('PERMISSION_MISSING') || conditions.has('RESULTS_PENDING');
    const isRejected = isDenied || conditions.has('TEMPORAL_REJECTS_TOKEN', endedMs);
    const isStreak =
      rejectedEarly >= suspicious.count && clock.monotonicNow() - streakFromMs >= suspicious.ms;
    if (isStreak && !isRejected)
      conditions.raise('TOKENS_REVOKED', { scope, cause: `${rejectedEarly} in a row` });
    else if (rejectedEarly === 0) conditions.clear('TOKENS_REVOKED', scope);
  });
  const failed = (error: unknown, isOver: boolean, retryInMs?: number): void => {
    const shown = error === undefined ? undefined : translated(error);
    const { code, kind } = (shown ?? {}) as Partial<TemporalAuthError>;
    const cause = shown === undefined ? 'The last one has expired' : messageOf(shown);
    const raised = { scope, cause, retryInMs };
    const isOfStore = kind === 'configuration' && code?.startsWith('SECRET_STORE_') === true;
    if (code === clientRejected) conditions.raise('CLIENT_REJECTED', raised);
    else if (isOfStore || code === invalidCredentials) conditions.raise('CREDENTIALS_NOT_FOUND', raised);
    conditions.raise(isOver ? 'NO_TOKEN' : 'TOKEN_NOT_REFRESHED', raised);
  };
  manager.on('refreshFailed', ({ error, retryInMs, tokenRemainingMs }) => {
    failed(error, tokenRemainingMs <= 0, retryInMs);
  });
  manager.on('tokenExpired', () => {
    failed(manager.lastError, true);
    // Each of them stands for it: it has no line of its own beside them.
    if (conditions.has('CLIENT_REJECTED') || conditions.has('CREDENTIALS_NOT_FOUND'))
      logger.error('There is no valid access token any more: work stops until there is one', scope);
  });
}
