import { type Clock, type Lease, remainingMs } from '@worker-auth/refresh-scheduler';

/** Every token that was handed out and is not over: what must not be shown, whoever echoes it. */
export class LiveTokens {
  readonly #clock: Clock;
  #leases: readonly Lease<string>[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(lease: Lease<string>): void {
    this.#leases = [...this.#alive(), lease];
  }

  list(): readonly string[] {
    return this.#alive().map(({ value }) => value);
  }

  #alive(): readonly Lease<string>[] {
    return this.#leases.filter((lease) => remainingMs(this.#clock, lease) > 0);
  }
}
