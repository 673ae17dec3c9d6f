import { maxTokens } from '@worker-auth/internal';
import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/refresh-scheduler';

/** The tokens that were issued and have not expired: no message may show them. */
export interface ActiveTokens {
  /** @param lifeMs milliseconds from `since`, by default now */
  add(token: string, lifeMs: number, since?: Instant): void;
  list(): readonly string[];
}

interface ActiveToken {
  readonly token: string;
  readonly since: Instant;
  readonly lifeMs: number;
}

/** None at first; the newest {@link maxTokens} are kept. */
export function activeTokens(clock: Clock): ActiveTokens {
  let tokens: readonly ActiveToken[] = [];
  const notExpired = (): readonly ActiveToken[] =>
    tokens.filter(({ since, lifeMs }) => elapsedMs(clock, since) < lifeMs);
  return {
    add: (token, lifeMs, since = readInstant(clock)) => {
      const others = notExpired().filter((other) => other.token !== token);
      tokens = [...others, { token, since, lifeMs }].slice(-maxTokens);
    },
    list: () => {
      tokens = notExpired();
      return tokens.map(({ token }) => token);
    },
  };
}
