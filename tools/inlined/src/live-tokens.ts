import type { Clock, Instant } from '@worker-auth/ports';
import { elapsedMs, readInstant } from './clock.ts';

/** Refreshed again and again, a token of a day would be kept that often. */
const maxTokens = 50;

/** The tokens that were handed out and are not over yet: what no message may show, whoever echoes it. */
export interface LiveTokens {
  /** @param lifeMs milliseconds from now */
  add(token: string, lifeMs: number): void;
  list(): readonly string[];
}

interface LiveToken {
  readonly token: string;
  readonly since: Instant;
  readonly lifeMs: number;
}

/** None at first; the newest 50 are kept. */
export function liveTokens(clock: Clock): LiveTokens {
  let tokens: readonly LiveToken[] = [];
  const alive = (): readonly LiveToken[] =>
    tokens.filter(({ since, lifeMs }) => elapsedMs(clock, since) < lifeMs);
  return {
    add: (token, lifeMs) => {
      const others = alive().filter((other) => other.token !== token);
      tokens = [...others, { token, since: readInstant(clock), lifeMs }].slice(-maxTokens);
    },
    list: () => {
      tokens = alive();
      return tokens.map(({ token }) => token);
    },
  };
}
