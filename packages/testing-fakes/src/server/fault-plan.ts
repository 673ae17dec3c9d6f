import { AssertionError } from 'node:assert';
import { listOf, anything } from '../given/check-given.ts';

/** What a rule of a {@link FaultPlan} is for. */
export interface FaultScope<Arrival> {
  /** The same for scopes that are for the same arrivals. */
  readonly key: string;
  isFor(arrival: Arrival): boolean;
}

/** A fault that a rule of the plan gives, `undefined` for the proper response; how often still, and for what. */
export interface PlannedFault<Scope, Fault> {
  readonly scope: Scope;
  readonly fault: Fault | undefined;
  readonly left: number;
}

/** How often a fault is met, and for how long. */
export interface FaultLimits {
  /** `Infinity`: any number of times. */
  readonly left: number;
  /** Milliseconds from now; default as long as it takes. */
  readonly forMs?: number | undefined;
}

/** What differs between the kinds of servers. */
export interface FaultPlanSettings<Given, Scope, Fault> {
  /** The time by which a fault for some time ends. */
  readonly nowMs: () => number;
  /** Makes a fault of what a test gives. */
  readonly read: (given: Given) => Fault;
  /** The response to an arrival beyond the end of its script. */
  readonly unplanned: Fault;
  /** Names a rule in {@link FaultPlan.assertDone}. */
  readonly describe: (planned: PlannedFault<Scope, Fault>) => string;
}

/** A fault, or what decides about each arrival: `undefined` answers it properly. */
export type ChoiceOf<Given, Arrival> = Given | ((arrival: Arrival) => Given | undefined);

const stepList = listOf(anything);

interface Rule<Scope, Fault> extends PlannedFault<Scope, Fault> {
  readonly endsAtMs: number;
  left: number;
  met: boolean;
}

interface StandingFault<Arrival, Scope, Fault> {
  readonly scope: Scope;
  readonly choose: (arrival: Arrival) => Fault | undefined;
}

/**
 * Which arrivals at a fake server are answered badly, and how: by count, by time and by script, in the order in which the rules were
 * given; after these, the standing faults.
 */
export class FaultPlan<Arrival, Given, Scope extends FaultScope<Arrival>, Fault> {
  readonly #settings: FaultPlanSettings<Given, Scope, Fault>;
  #rules: Rule<Scope, Fault>[] = [];
  #standing: StandingFault<Arrival, Scope, Fault>[] = [];
  #scripted: Scope[] = [];
  readonly #unplanned: string[] = [];
  readonly #wrong: string[] = [];

  constructor(settings: FaultPlanSettings<Given, Scope, Fault>) {
    this.#settings = settings;
  }

  /** Arrivals meet the fault; each call queues behind the earlier ones. */
  inject(given: Given, scope: Scope, { left, forMs }: FaultLimits): void {
    const endsAtMs = forMs === undefined ? Infinity : this.#settings.nowMs() + forMs;
    this.#rules.push({ scope, fault: this.#settings.read(given), endsAtMs, left, met: false });
  }

  /** The next arrivals get these responses, in order; one that comes after the last of them is unplanned, and fails. */
  script(steps: readonly (Given | 'proper')[], scope: Scope): void {
    stepList('steps', steps);
    // All are read before the first is planned: a wrong one plans nothing.
    const faults = steps.map((step) => (step === 'proper' ? undefined : this.#settings.read(step)));
    for (const fault of faults) {
      this.#rules.push({ scope, fault, endsAtMs: Infinity, left: 1, met: false });
    }
    this.#scripted.push(scope);
  }

  /** Every arrival meets the fault until {@link FaultPlan.recover}; a later one of the same scope replaces it. */
  failWith(choice: ChoiceOf<Given, Arrival>, scope: Scope): void {
    const others = this.#standing.filter((other) => other.scope.key !== scope.key);
    this.#standing = [...others, { scope, choose: this.#chooser(choice) }];
  }

  /** Ends all faults and scripts, used or not. */
  recover(): void {
    this.#rules = [];
    this.#standing = [];
    this.#scripted = [];
  }

  /**
   * The fault that an arrival meets, or `undefined` for the proper response.
   *
   * @param description names the arrival in {@link FaultPlan.assertDone}; nothing secret
   */
  next(arrival: Arrival, description: string): Fault | undefined {
    const nowMs = this.#settings.nowMs();
    const rule = this.#rules.find(
      ({ left, endsAtMs, scope }) => left > 0 && nowMs < endsAtMs && scope.isFor(arrival),
    );
    if (rule !== undefined) {
      rule.left--;
      rule.met = true;
      return rule.fault;
    }
    for (const { scope, choose } of this.#standing) {
      const fault = scope.isFor(arrival) ? choose(arrival) : undefined;
      if (fault !== undefined) return fault;
    }
    if (!this.#scripted.some((scope) => scope.isFor(arrival))) return undefined;
    this.#unplanned.push(description);
    return this.#settings.unplanned;
  }

  /** @throws AssertionError when planned responses were not used, when arrivals came for which a script had none, or a function chose what is no fault */
  assertDone(): void {
    const notUsed = this.#rules.filter(({ left, met }) => (Number.isFinite(left) ? left > 0 : !met));
    const problems = [
      ...notUsed.map((rule) => `not used: ${this.#settings.describe(rule)}`),
      ...this.#unplanned.map((description) => `not planned: ${description}`),
      ...this.#wrong.map((message) => `not a fault: ${message}`),
    ];
    if (problems.length > 0) throw new AssertionError({ message: problems.join('\n') });
  }

  #chooser(choice: ChoiceOf<Given, Arrival>): (arrival: Arrival) => Fault | undefined {
    if (typeof choice !== 'function') {
      const fault = this.#settings.read(choice);
      return () => fault;
    }
    const choose = choice as (arrival: Arrival) => Given | undefined;
    return (arrival) => {
      const given = choose(arrival);
      return given === undefined ? undefined : this.#readLate(given);
    };
  }

  /** What a function chose is known only when a request has arrived: `assertDone` reports it. */
  #readLate(given: Given): Fault {
    try {
      return this.#settings.read(given);
    } catch (error) {
      this.#wrong.push((error as Error).message);
      throw error;
    }
  }
}
