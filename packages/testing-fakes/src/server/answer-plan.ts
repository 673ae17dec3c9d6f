import { AssertionError } from 'node:assert';
import type { HttpFault } from './http-fault.ts';

/** A fault, or what decides about each request: `undefined` answers it properly. */
export type FaultChoice<Request> = HttpFault | ((request: Request) => HttpFault | undefined);

/** One answer of a script: a fault, or the proper one. */
export type ScriptStep = HttpFault | 'proper';

/** How often, and where, a fault is met. */
export interface FaultTarget<Endpoint extends string> {
  /** How many requests meet it. Default 1. */
  readonly times?: number;
  /** Which requests meet it. */
  readonly endpoint?: Endpoint;
}

interface PlannedAnswer<Endpoint> {
  readonly endpoint: Endpoint | undefined;
  readonly step: ScriptStep;
}

interface StandingFault<Endpoint, Request> {
  readonly endpoint: Endpoint | undefined;
  readonly choose: (request: Request) => HttpFault | undefined;
}

/** The answer to a request beyond the end of its script. */
const unplanned: HttpFault = {
  status: 500,
  headers: { 'content-type': 'text/plain' },
  body: 'unplanned request: the script of this fake has no answer left',
};

/**
 * Which requests a fake server answers badly, and how: one after the other, or all from now on. A plan without an endpoint is for
 * every request.
 */
export class AnswerPlan<Endpoint extends string, Request> {
  #planned: PlannedAnswer<Endpoint>[] = [];
  #standing: StandingFault<Endpoint, Request>[] = [];
  readonly #scripted = new Set<Endpoint | undefined>();
  readonly #unplanned: string[] = [];

  /**
   * The next `times` requests meet `fault`; each call queues behind the earlier ones.
   *
   * @throws RangeError when `times` is not a whole number above 0
   */
  inject(fault: HttpFault, { times = 1, endpoint }: FaultTarget<Endpoint> = {}): void {
    if (!Number.isInteger(times) || times < 1) {
      throw new RangeError(`times must be a whole number above 0, not ${String(times)}`);
    }
    for (let i = 0; i < times; i++) this.#planned.push({ endpoint, step: fault });
  }

  /** The next requests get these answers, in order; one that comes after the last of them is unplanned, and fails. */
  script(steps: readonly ScriptStep[], endpoint: Endpoint | undefined): void {
    for (const step of steps) this.#planned.push({ endpoint, step });
    this.#scripted.add(endpoint);
  }

  /** Every request meets the fault until {@link AnswerPlan.recover}; a later one of the same endpoint replaces it. */
  failWith(fault: FaultChoice<Request>, endpoint: Endpoint | undefined): void {
    const choose = typeof fault === 'function' ? fault : () => fault;
    this.#standing = [...this.#standing.filter((other) => other.endpoint !== endpoint), { endpoint, choose }];
  }

  /** Ends all faults and scripts, used or not. */
  recover(): void {
    this.#planned = [];
    this.#standing = [];
    this.#scripted.clear();
  }

  /**
   * The fault that a request meets, or `undefined` for the proper answer.
   *
   * @param description names the request in {@link AnswerPlan.assertDone}; nothing secret
   */
  next(request: Request, endpoint: Endpoint | undefined, description: string): HttpFault | undefined {
    const index = this.#planned.findIndex((planned) => isFor(planned.endpoint, endpoint));
    if (index >= 0) {
      const [{ step } = { step: 'proper' as const }] = this.#planned.splice(index, 1);
      return step === 'proper' ? undefined : step;
    }
    for (const standing of this.#standing) {
      const fault = isFor(standing.endpoint, endpoint) ? standing.choose(request) : undefined;
      if (fault !== undefined) return fault;
    }
    if (!this.#scripted.has(endpoint) && !this.#scripted.has(undefined)) return undefined;
    this.#unplanned.push(description);
    return unplanned;
  }

  /** @throws AssertionError when planned answers were not used, or when requests came for which the script had none */
  assertDone(): void {
    const problems = [
      ...this.#planned.map(
        ({ endpoint, step }) =>
          `not used: ${describe(step)}${endpoint === undefined ? '' : ` at ${endpoint}`}`,
      ),
      ...this.#unplanned.map((description) => `not planned: ${description}`),
    ];
    if (problems.length > 0) throw new AssertionError({ message: problems.join('\n') });
  }
}

function isFor<Endpoint>(planned: Endpoint | undefined, endpoint: Endpoint | undefined): boolean {
  return planned === undefined || planned === endpoint;
}

function describe(step: ScriptStep): string {
  if (step === 'proper') return 'the proper answer';
  return step.connection ?? `an answer with status ${String(step.status ?? 200)}`;
}
