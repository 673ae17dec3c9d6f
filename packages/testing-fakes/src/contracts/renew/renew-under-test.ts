import type { Clock, Lease } from '@worker-auth/ports';
import type { ContractPatience } from '../contract-case.ts';
import type { WithHooks } from '../fixture-hooks.ts';

/**
 * Obtains a new lease; the function that a `RefreshScheduler` is given. Ends when its signal aborts. Rejects when there is no
 * new lease, and has no memory: neither of a lease nor of a failure. An error may carry `retryAfterMs`, in milliseconds. It prints nothing
 * secret. When a call has ended, it has left no listener on its signal.
 */
export type RenewUnderTest = (signal: AbortSignal) => Promise<Lease<unknown>>;

/** One `renew`, made for one case, and the server behind it. */
export interface RenewFixture {
  readonly renew: RenewUnderTest;
  /** The clock that `renew` reads. */
  readonly clock: Pick<Clock, 'monotonicNow' | 'wallNow'>;
  /** The server gives leases of so many milliseconds from now on; whole seconds. */
  grant(lifetimeMs: number): void | Promise<void>;
  /** How often the server was asked so far. */
  requests(): number;
  /** From now on the server refuses every request. */
  failRequests(): void | Promise<void>;
  /** The server gives leases again. */
  recoverRequests(): void | Promise<void>;
  /**
   * From now on the server takes requests and answers none, until the returned function is called; `pass` lets time pass on
   * the clock meanwhile. Needed when the setup says `canHold`.
   */
  holdRequests?(): () => void;
  /** Needed when the setup says `canHold`. */
  pass?(ms: number): void | Promise<void>;
  /** From now on the server answers with what is no lease. Needed when the setup says `canAnswerMalformed`. */
  answerMalformed?(): void | Promise<void>;
  /** From now on the server refuses, and asks not to be called for so many milliseconds. Needed when the setup says `canThrottle`. */
  throttle?(retryAfterMs: number): void | Promise<void>;
  /** What `renew` knows and must never show in an error, or print. */
  readonly secrets?: readonly string[] | undefined;
  /** Ends what the fixture started. */
  dispose?(): void | Promise<void>;
}

/** How the `renew` under test is made, and what its fixtures can do: cases that need more are not in the list. */
export interface RenewContractSetup extends ContractPatience {
  create(): RenewFixture | Promise<RenewFixture>;
  readonly canHold?: boolean | undefined;
  readonly canAnswerMalformed?: boolean | undefined;
  readonly canThrottle?: boolean | undefined;
}

/** A fixture as a case has it that needs its hooks. */
export type HookedRenew = WithHooks<RenewFixture, 'holdRequests' | 'pass' | 'answerMalformed' | 'throttle'>;

/** One case of the contract, before it is bound to a setup. */
export interface RenewCase {
  readonly name: string;
  readonly promise: string;
  readonly needs?: 'canHold' | 'canAnswerMalformed' | 'canThrottle';
  readonly body: (fixture: HookedRenew) => Promise<void>;
}

/** What the port's documentation says, as the cases quote it. */
export const renewPromises = {
  obtainedAt:
    'When its life began: the moment its request was sent, so that a slow response never lengthens it.',
  lifetime: 'How long it is good for, in milliseconds from `obtainedAt`; finite and above 0.',
  renew: 'Obtains a new lease',
  signal: 'Ends when its signal aborts.',
  rejects: 'Rejects when there is no new lease, and has no memory: neither of a lease nor of a failure.',
  printed: 'It prints nothing secret.',
  listeners: 'When a call has ended, it has left no listener on its signal.',
  retryAfter: 'An error may carry `retryAfterMs`, in milliseconds.',
} as const;
