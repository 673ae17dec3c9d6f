import type { Logger } from '@temporalio/common';
import type { Clock, Timer } from '@worker-auth/internal';
import type { TokenManager } from '@worker-auth/token-manager';

/** Clocks that are kept by NTP do not differ by more, in milliseconds. */
const agreedMs = 60_000;

/** One or two tokens are rejected early when keys are replaced. */
const suspiciousCount = 3;

/** When a wait is logged, and then how often, in ms: an ordinary one is over by the first. */
const waitLoggedMs = { first: 2_000, thenEach: 10_000 };

/** @param messageOf what may be shown of an error */
export function logTokenEvents(
  manager: Pick<TokenManager, 'on'>,
  logger: Logger,
  {
    applicationName,
    file,
  }: { readonly applicationName: string | undefined; readonly file: string | undefined },
  messageOf: (error: unknown) => string,
): void {
  const named = applicationName === undefined ? {} : { applicationName };
  manager.on('tokenRefreshed', ({ tokenNumber, lifetimeMs, nextRefreshInMs, ...event }) => {
    const { credentialsSource = 'their source', hostAheadMs = 0, rejectedEarly = 0 } = event;
    logger.info(
      file === undefined
        ? `Access token obtained with the credentials from ${credentialsSource}`
        : `Access token read from ${file}`,
      { ...named, tokenNumber, ...rounded({ lifetimeMs, nextRefreshInMs }) },
    );
    if (rejectedEarly > 0 && rejectedEarly % suspiciousCount === 0)
      logger.warn(
        'Several access tokens in a row were rejected long before their end; if they worked at first, another process has the same client, ' +
          'and the server keeps one token per client: let them share one (worker-auth agent)',
        { ...named, rejectedEarly },
      );
    if (Math.abs(hostAheadMs) > agreedMs)
      logger.warn(
        "The clock of this host and that of the authorization server differ; check this host's NTP",
        { ...named, ...rounded({ hostAheadMs }) },
      );
  });
  manager.on('refreshFailed', ({ error, attempt, retryInMs, tokenRemainingMs }) => {
    const times = rounded({ retryInMs, tokenRemainingMs });
    logger.warn(`Access token not refreshed: ${messageOf(error)}`, { ...named, attempt, ...times });
  });
  manager.on('credentialsRejected', ({ error, source = 'their source' }) => {
    logger.warn(
      `The OAuth server rejected the client; its credentials are read again from ${source}: ${messageOf(error)}`,
      named,
    );
  });
  manager.on('tokenExpired', ({ tokenNumber }) => {
    logger.error(
      'The access token expired and could not be refreshed; Temporal rejects calls until there is a new one',
      { ...named, tokenNumber },
    );
  });
}

/** Logs the wait for a promise; waits at the same time are one. `waitedFor` gives `undefined` while that is logged elsewhere. */
export function waitingLog(
  clock: Clock,
  logger: Logger,
  waitedFor: () => string | undefined,
): <T>(work: Promise<T>) => Promise<T> {
  let waiters = 0;
  let sinceMs = 0;
  let timer: Timer | undefined;
  const logAfter = (delayMs: number): void => {
    timer = clock.startTimer(() => {
      logAfter(waitLoggedMs.thenEach);
      const what = waitedFor();
      if (what === undefined) return;
      const seconds = Math.round((clock.monotonicNow() - sinceMs) / 1_000);
      logger.info(`Waiting for ${what}, for ${seconds} s so far`);
    }, delayMs);
  };
  return async (work) => {
    if (waiters++ === 0) {
      sinceMs = clock.monotonicNow();
      logAfter(waitLoggedMs.first);
    }
    try {
      return await work;
    } finally {
      if (--waiters === 0) timer?.cancel();
    }
  };
}

function rounded<K extends string>(times: Readonly<Record<K, number>>): Readonly<Record<K, number>> {
  const entries = Object.entries<number>(times).map(([name, ms]) => [name, Math.round(ms)]);
  return Object.fromEntries(entries) as Record<K, number>;
}
