import { FakeClock } from '@worker-auth/testing-fakes';
import type { Lease } from '../src/lease.ts';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import type { RefreshSchedulerOptions } from '../src/scheduler-options.ts';
import { readInstant } from '@worker-auth/internal';

/** How the fake server treats a request: the answer's lifetime, or an error, after `latencyMs`. */
export interface Answer {
  readonly latencyMs?: number;
  readonly lifetimeMs?: number;
  readonly error?: Error;
}

/** What the scheduler under test refreshes from: counts, and ends a request when its signal aborts. */
export class TokenServer {
  /** Used for every request until it is replaced. */
  answer: Answer;
  requests = 0;
  running = 0;
  mostRunning = 0;
  readonly signals: AbortSignal[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock, answer: Answer = { lifetimeMs: 3_600_000 }) {
    this.#clock = clock;
    this.answer = answer;
  }

  /** A lease obtained now, whose value is `name`. */
  lease(name: string, lifetimeMs = 3_600_000): Lease<string> {
    return { value: name, obtainedAt: readInstant(this.#clock), lifetimeMs };
  }

  readonly refresh = async (signal: AbortSignal): Promise<Lease<string>> => {
    const { latencyMs = 0, lifetimeMs = 3_600_000, error } = this.answer;
    const lease = this.lease(`token ${++this.requests}`, lifetimeMs);
    this.signals.push(signal);
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    try {
      if (latencyMs > 0) await this.#wait(latencyMs, signal);
    } finally {
      this.running--;
    }
    if (error !== undefined) throw error;
    return lease;
  };

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        timer?.cancel();
        reject(signal.reason as Error);
      };
      const timer =
        ms === Infinity
          ? undefined
          : this.#clock.startTimer(() => {
              signal.removeEventListener('abort', onAbort);
              resolve();
            }, ms);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/** A scheduler, the server that it refreshes from, and their clock. */
export interface Bench {
  readonly clock: FakeClock;
  readonly server: TokenServer;
  readonly scheduler: RefreshScheduler<string>;
}

/** Chance always gives the longest wait after a failure, and no jitter. */
export function openBench(options: Partial<RefreshSchedulerOptions<string>> = {}): Bench {
  const clock = new FakeClock();
  const server = new TokenServer(clock);
  const scheduler = new RefreshScheduler({ refresh: server.refresh, clock, random: () => 1, ...options });
  return { clock, server, scheduler };
}

/** The same, started and with its first lease. */
export async function startBench(options: Partial<RefreshSchedulerOptions<string>> = {}): Promise<Bench> {
  const bench = openBench(options);
  bench.scheduler.start();
  await bench.clock.advance(0);
  return bench;
}
