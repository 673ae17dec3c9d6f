import { AssertionError } from 'node:assert';
import { anything, listOf, number } from '../given/check-given.ts';

/** A fault, or what decides about each arrival: `undefined` answers it properly. */
export type ChoiceOf<Given, Arrival> = Given | ((arrival: Arrival) => Given | undefined);

/** One response of a script: a fault, or the proper one. */
export type StepOf<Given> = Given | 'proper';

/** What a rule of a {@link FaultPlan} is for. */
export interface FaultScope<Arrival> {
  /** Where it is, for messages, with a blank before it; the same for scopes that are for the same arrivals. */
  readonly place: string;
  readonly isFor: (arrival: Arrival) => boolean;
}

/** What differs between the kinds of servers. */
export interface FaultPlanSettings<Given, Fault> {
  /** The time by which a fault for some time ends. */
  readonly nowMs: () => number;
  /** Makes a fault of what a test gives: its name, for example. It throws when that is none. */
  readonly read: (given: Given) => Fault;
  /** The response to an arrival beyond the end of its script. */
  readonly unplanned: Fault;
  /** Names a fault in {@link FaultPlan.assertDone}. */
  readonly describe: (fault: Fault) => string;
}

/** How often a fault is met. */
export const faultCount = number({ min: 1, isWhole: true });

const stepList = listOf(anything);

interface Rule<Arrival, Fault> {
  readonly scope: FaultScope<Arrival>;
  /** `undefined`: the proper response. */
  readonly fault: Fault | undefined;
  readonly endsAtMs: number;
  left: number;
  met: boolean;
}

interface StandingFault<Arrival, Fault> {
  readonly scope: FaultScope<Arrival>;
  readonly choose: (arrival: Arrival) => Fault | undefined;
}

/**
 * Which arrivals at a fake server are answered badly, and how: by count, by time and by script, in the order in which the rules were
 * given; after these, the standing faults.
 */
export class FaultPlan<Arrival, Given, Fault> {
  readonly #settings: FaultPlanSettings<Given, Fault>;
  #rules: Rule<Arrival, Fault>[] = [];
  #standing: StandingFault<Arrival, Fault>[] = [];
  #scripted: FaultScope<Arrival>[] = [];
  readonly #unplanned: string[] = [];
  readonly #wrong: string[] = [];

  constructor(settings: FaultPlanSettings<Given, Fault>) {
    this.#settings = settings;
  }

  /**
   * Arrivals meet the fault; each call queues behind the earlier ones.
   *
   * @param limits.times default once, or without a limit when there is a `forMs`
   * @param limits.forMs milliseconds from now; default as long as it takes
   */
  inject(
    given: Given,
    scope: FaultScope<Arrival>,
    { times, forMs }: { readonly times?: number | undefined; readonly forMs?: number | undefined },
  ): void {
    const endsAtMs = forMs === undefined ? Infinity : this.#settings.nowMs() + forMs;
    const left = times ?? (forMs === undefined ? 1 : Infinity);
    this.#rules.push({ scope, fault: this.#settings.read(given), endsAtMs, left, met: false });
  }

  /** The next arrivals get these responses, in order; one that comes after the last of them is unplanned, and fails. */
  script(steps: readonly StepOf<Given>[], scope: FaultScope<Arrival>): void {
    stepList('steps', steps);
    // All are read before the first is planned: a wrong one plans nothing.
    const faults = steps.map((step) => (step === 'proper' ? undefined : this.#settings.read(step)));
    for (const fault of faults) this.#rules.push({ scope, fault, endsAtMs: Infinity, left: 1, met: false });
    this.#scripted.push(scope);
  }

  /** Every arrival meets the fault until {@link FaultPlan.recover}; a later one of the same scope replaces it. */
  failWith(choice: ChoiceOf<Given, Arrival>, scope: FaultScope<Arrival>): void {
    const others = this.#standing.filter((other) => other.scope.place !== scope.place);
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
      ...notUsed.map((rule) => `not used: ${this.#describe(rule)}`),
      ...this.#unplanned.map((description) => `not planned: ${description}`),
      ...this.#wrong.map((message) => `not a fault: ${message}`),
    ];
    if (problems.length > 0) throw new AssertionError({ message: problems.join('\n') });
  }

  #describe({ fault, scope, left }: Rule<Arrival, Fault>): string {
    const what = fault === undefined ? 'the proper response' : this.#settings.describe(fault);
    return `${what}${scope.place}${Number.isFinite(left) && left > 1 ? `, ${left} times` : ''}`;
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
