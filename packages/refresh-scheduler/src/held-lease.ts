import { type Clock, elapsedMs, type Instant } from '@worker-auth/inlined';
import { type Lease, remainingMs } from './lease.ts';
import { refreshDelay, type RefreshPolicy } from './refresh-policy.ts';

/** A lease with the moment it is due, which is drawn once per lease. */
export class HeldLease<T> {
  readonly lease: Lease<T>;
  readonly #clock: Clock;
  readonly #dueAfterMs: number;

  /** @throws RangeError when the lifetime is not a finite number above 0 */
  constructor(lease: Lease<T>, clock: Clock, policy: RefreshPolicy, random: () => number) {
    this.lease = lease;
    this.#clock = clock;
    this.#dueAfterMs = refreshDelay(lease.lifetimeMs, policy, random);
  }

  /** Milliseconds until the lease is to be renewed; 0 or less when it is due. */
  get dueInMs(): number {
    return this.#dueAfterMs - elapsedMs(this.#clock, this.lease.obtainedAt);
  }

  /** Milliseconds until the lease ends; 0 or less when it is over. */
  get endsInMs(): number {
    return remainingMs(this.#clock, this.lease);
  }

  /** Whether the lease was obtained later than `instant`. */
  isNewerThan(instant: Instant): boolean {
    return this.lease.obtainedAt.monotonicMs > instant.monotonicMs;
  }
}
