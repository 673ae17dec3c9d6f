import type { Clock } from '@worker-auth/ports';
import type { ContractPatience } from '../contract-case.ts';
import type { WithHooks } from '../fixture-hooks.ts';

/** One clock, made for one case. */
export interface ClockFixture {
  readonly clock: Clock;
  /** Lets at least `ms` milliseconds pass on the clock, and what is due happen: waits, or moves a fake. */
  pass(ms: number): void | Promise<void>;
  /** Moves the wall clock alone, as an NTP step does. Needed when the setup says `canStepWall`. */
  stepWall?(ms: number): void | Promise<void>;
  /** Ends what the fixture started. */
  dispose?(): void | Promise<void>;
}

/** How the clock under test is made, and what it is: cases that need more are not in the list. */
export interface ClockContractSetup extends ContractPatience {
  create(): ClockFixture | Promise<ClockFixture>;
  readonly canStepWall?: boolean | undefined;
  /**
   * Whether its timers are the host's: only these can keep a process alive, and a host that does not tell which do (Bun) has no case
   * about it. Default false.
   */
  readonly hasHostTimers?: boolean | undefined;
}

/** A fixture as a case has it that needs its hooks. */
export type HookedClock = WithHooks<ClockFixture, 'stepWall'>;

/** One case of the contract, before it is bound to a setup. */
export interface ClockCase {
  readonly name: string;
  readonly promise: string;
  readonly needs?: 'canStepWall' | 'hasHostTimers';
  readonly body: (fixture: HookedClock) => Promise<void>;
}

/** What the port's documentation says, as the cases quote it. */
export const clockPromises = {
  monotonic: 'Milliseconds since an arbitrary origin; never goes back.',
  steps: 'A step of the wall clock does not move it.',
  wall: 'Milliseconds since the Unix epoch, as the host believes.',
  timer: 'Calls `callback` once, `delayMs` milliseconds from now or a little later; never within the call.',
  cancel:
    'Ends the timer; its callback is not called any more. Harmless when called again or after it fired.',
  keepAlive: 'whether the timer keeps the process alive; default false',
} as const;
