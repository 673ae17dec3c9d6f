import { elapsedMs } from '@worker-auth/internal';
import type { CommonSettings } from '../settings/auth-settings.ts';
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

/**
 * Logs when Temporal starts or stops accepting the token of workers.
 *
 * @param place without address for a connection of the user's own
 * @param options `hasTokens`: whether the workers present tokens, and not certificates alone
 */
export function logHealth(
  monitor: TokenMonitor,
  { namespace, address }: { readonly namespace: string; readonly address: string | undefined },
  { logger, clock, hasTokens }: Pick<CommonSettings, 'clock' | 'logger'> & { readonly hasTokens: boolean },
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
