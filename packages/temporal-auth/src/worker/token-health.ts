import type { Logger } from '@temporalio/common';
import { type Clock, elapsedMs } from '@worker-auth/inlined';
import type { TokenMonitor } from './token-monitor.ts';
import type { TokenHealth } from './worker-states.ts';

const severity: Readonly<Record<TokenHealth['kind'], number>> = {
  good: 0,
  unknown: 1,
  unreachable: 2,
  refused: 3,
};

/** The worst; `undefined` of none. */
export function worstHealth(all: readonly (TokenHealth | undefined)[]): TokenHealth | undefined {
  return all.reduce<TokenHealth | undefined>(
    (worst, one) =>
      one !== undefined && (worst === undefined || severity[one.kind] > severity[worst.kind]) ? one : worst,
    undefined,
  );
}

/** Whose health is logged, and where. */
export interface HealthLogOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Whether the workers present tokens, and not certificates alone. */
  readonly hasTokens: boolean;
  readonly namespace: string;
  /** `undefined` for a connection of the user's own. */
  readonly address: string | undefined;
}

/** Logs when Temporal starts or stops accepting the token of workers. */
export function logHealth(
  monitor: TokenMonitor,
  { logger, clock, hasTokens, namespace, address }: HealthLogOptions,
): void {
  const credential = hasTokens ? 'access token' : 'client certificate';
  const place = { namespace, ...(address !== undefined && { address }) };
  let before = monitor.health;
  monitor.on('health', (health) => {
    if (health.kind === 'refused') {
      logger.warn(`Temporal refuses the ${credential} of the workers: ${health.reason}`, place);
    } else if (health.kind === 'unreachable') {
      logger.warn(`Temporal does not answer: ${health.reason}`, place);
    } else if ('since' in before) {
      const seconds = (elapsedMs(clock, before.since) / 1_000).toFixed(1);
      logger.info(`Temporal accepts the ${credential} of the workers again, after ${seconds} s`, place);
    }
    before = health;
  });
}
