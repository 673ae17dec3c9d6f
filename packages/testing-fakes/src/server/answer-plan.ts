import { AssertionError } from 'node:assert';
import type { HttpFault } from './http-fault.ts';

/** A fault, or what decides about each request: `undefined` answers it properly. */
export type FaultChoice<Request> = HttpFault | ((request: Request) => HttpFault | undefined);

/** One answer of a script: a fault, or the proper one. */
export type ScriptStep = HttpFault | 'proper';

/** How often, and where, a fault is met. */
export interface FaultTarget<Endpoint extends string> {
  /** How many requests meet it. Default 1; any number when there is a `forMs`. */
  readonly times?: number;
  /** For how many milliseconds from now, by the server's clock. Default as long as it takes. */
  readonly forMs?: number;
  /** Which requests meet it. */
  readonly endpoint?: Endpoint;
}

interface PlannedAnswer<Endpoint> {
  readonly endpoint: Endpoint | undefined;
  readonly step: ScriptStep;
  readonly endsAtMs: number;
  /** How many requests get it still. */
  left: number;
  met: boolean;
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
  readonly #nowMs: () => number;
  #planned: PlannedAnswer<Endpoint>[] = [];
  #standing: StandingFault<Endpoint, Request>[] = [];
  readonly #scripted = new Set<Endpoint | undefined>();
  readonly #unplanned: string[] = [];

  /** @param nowMs the time by which a fault for some time ends */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /**
   * The next `times` requests, or those of the next `forMs` milliseconds, meet `fault`; each call queues behind the earlier ones.
   *
   * @throws RangeError when `times` is not a whole number above 0, or `forMs` not a number above 0
   */
  inject(fault: HttpFault, { times, forMs, endpoint }: FaultTarget<Endpoint> = {}): void {
    if (times !== undefined && (!Number.isInteger(times) || times < 1)) {
      throw new RangeError(`times must be a whole number above 0, not ${String(times)}`);
    }
    if (forMs !== undefined && !(forMs > 0)) {
      throw new RangeError(`forMs must be a number above 0, not ${String(forMs)}`);
    }
    const endsAtMs = forMs === undefined ? Infinity : this.#nowMs() + forMs;
    const left = times ?? (forMs === undefined ? 1 : Infinity);
    this.#planned.push({ endpoint, step: fault, endsAtMs, left, met: false });
  }

  /** The next requests get these answers, in order; one that comes after the last of them is unplanned, and fails. */
  script(steps: readonly ScriptStep[], endpoint: Endpoint | undefined): void {
    for (const step of steps) this.#planned.push({ endpoint, step, endsAtMs: Infinity, left: 1, met: false });
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
    const nowMs = this.#nowMs();
    const answer = this.#planned.find(
      (planned) => planned.left > 0 && nowMs < planned.endsAtMs && isFor(planned.endpoint, endpoint),
    );
    if (answer !== undefined) {
      answer.left--;
      answer.met = true;
      return answer.step === 'proper' ? undefined : answer.step;
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
    const notUsed = this.#planned.filter(({ left, met }) => (Number.isFinite(left) ? left > 0 : !met));
    const problems = [
      ...notUsed.map(
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
