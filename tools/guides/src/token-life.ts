import {
  defaultRefreshPolicy,
  type Lease,
  readInstant,
  refreshDelay,
  RefreshScheduler,
} from '@worker-auth/refresh-scheduler';
import { FakeClock } from '@worker-auth/testing-fakes';

/** What happens to a token by the default options. Moments are milliseconds since its request was sent. */
export interface TokenLife {
  readonly name: string;
  readonly lifetimeMs: number;
  /** Chance draws its renewal between these. */
  readonly renewal: { readonly earliestMs: number; readonly latestMs: number };
  /** From here on it is too late to begin with a renewal. */
  readonly marginStartMs: number;
  /** The attempts when every one fails, with draws in the middle of their range. */
  readonly attemptsMs: readonly number[];
}

const { marginMs } = defaultRefreshPolicy;

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The lives of tokens of usual lengths, by the code of the scheduler. */
export async function tokenLives(): Promise<readonly TokenLife[]> {
  const lengths: readonly [name: string, lifetimeMs: number][] = [
    ['60 s', minute],
    ['5 min', 5 * minute],
    ['30 min', 30 * minute],
    ['1 h', hour],
    ['24 h', 24 * hour],
  ];
  return await Promise.all(lengths.map(([name, lifetimeMs]) => tokenLife(name, lifetimeMs)));
}

async function tokenLife(name: string, lifetimeMs: number): Promise<TokenLife> {
  return {
    name,
    lifetimeMs,
    renewal: {
      earliestMs: refreshDelay(lifetimeMs, {}, () => 1),
      latestMs: refreshDelay(lifetimeMs, {}, () => 0),
    },
    marginStartMs: lifetimeMs - Math.min(marginMs, 0.2 * lifetimeMs),
    attemptsMs: await attemptsInOutage(lifetimeMs),
  };
}

async function attemptsInOutage(lifetimeMs: number): Promise<readonly number[]> {
  const clock = new FakeClock();
  const startMs = clock.monotonicNow();
  const attemptsMs: number[] = [];
  const initialLease: Lease<string> = { value: 'token', obtainedAt: readInstant(clock), lifetimeMs };
  const renew = (): Promise<Lease<string>> => {
    attemptsMs.push(clock.monotonicNow() - startMs);
    return Promise.reject(new Error('The token server is down'));
  };
  const scheduler = new RefreshScheduler({ renew, clock, initialLease, random: () => 0.5 });
  scheduler.start();
  await clock.advance(lifetimeMs);
  await scheduler.stop();
  return attemptsMs.filter((ms) => ms < lifetimeMs);
}
