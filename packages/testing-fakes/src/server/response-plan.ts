import { type Checks, checkGiven, number, oneOf, positiveMs } from '../given/check-given.ts';
import { type ChoiceOf, FaultPlan, type FaultScope, type PlannedFault } from './fault-plan.ts';
import type { HttpFault } from './http-fault.ts';

/** A fault, or what decides about each request: `undefined` answers it properly. */
export type FaultChoice<Request, Given = HttpFault> = ChoiceOf<Given, Request>;

/** One response of a script: a fault, or the proper one. */
export type ScriptStep<Given = HttpFault> = Given | 'proper';

/** How often, and where, a fault is met. */
export interface FaultTarget<Endpoint extends string> {
  /** How many requests meet it. Default 1; any number when there is a `forMs`. */
  readonly times?: number;
  /** For how many milliseconds from now, by the server's clock. Default as long as it takes. */
  readonly forMs?: number;
  /** Which requests meet it. */
  readonly endpoint?: Endpoint;
}

interface Arrival<Request> {
  readonly request: Request;
  readonly endpoint: string | undefined;
}

/** One endpoint; without one, everything. */
interface EndpointScope extends FaultScope<{ readonly endpoint: string | undefined }> {
  readonly endpoint: string | undefined;
}

/** What differs between the servers that have a {@link ResponsePlan}. */
export interface ResponsePlanSettings<Endpoint, Given> {
  /** Those that there are. */
  readonly endpoints: readonly Endpoint[];
  /** Where faults are that name no endpoint. Default all. */
  readonly defaultEndpoint?: Endpoint;
  /** Makes a fault of what a test gives: its name, for example. It throws when that is none. */
  readonly readFault: (given: Given) => HttpFault;
}

/** How often a fault is met. */
export const faultCount = number({ min: 1, isWhole: true });

/** The response to a request beyond the end of its script. */
const unplanned: HttpFault = {
  status: 500,
  headers: { 'content-type': 'text/plain' },
  body: 'unplanned request: the script of this fake has no response left',
};

/**
 * Which requests a fake HTTP server answers badly, and how: one after the other, or all from now on. A plan without an endpoint is for
 * every request.
 */
export class ResponsePlan<Endpoint extends string, Request, Given = HttpFault> {
  readonly #plan: FaultPlan<Arrival<Request>, Given, EndpointScope, HttpFault>;
  readonly #checks: Checks<FaultTarget<Endpoint>>;
  readonly #defaultEndpoint: Endpoint | undefined;

  /** @param nowMs the time by which a fault for some time ends */
  constructor(settings: ResponsePlanSettings<Endpoint, Given>, nowMs: () => number) {
    const { endpoints, defaultEndpoint, readFault: read } = settings;
    this.#checks = { times: faultCount, forMs: positiveMs, endpoint: oneOf(endpoints) };
    this.#defaultEndpoint = defaultEndpoint;
    this.#plan = new FaultPlan({ nowMs, read, unplanned, describe });
  }

  /**
   * The next `times` requests, or those of the next `forMs` milliseconds, meet `fault`; each call queues behind the earlier ones.
   *
   * @throws TypeError for a fault, an option or an endpoint that there is not
   * @throws RangeError when `times` is not a whole number above 0, or `forMs` not a number above 0
   */
  inject(fault: Given, target: FaultTarget<Endpoint> = {}): void {
    checkGiven('injectFault', target, this.#checks);
    const { times, forMs, endpoint } = target;
    const left = times ?? (forMs === undefined ? 1 : Infinity);
    this.#plan.inject(fault, this.#scopeAt(endpoint), { left, forMs });
  }

  /** The next requests get these responses, in order; one that comes after the last of them is unplanned, and fails. */
  script(steps: readonly ScriptStep<Given>[], endpoint: Endpoint | undefined): void {
    this.#plan.script(steps, this.#scopeAt(endpoint));
  }

  /** Every request meets the fault until {@link ResponsePlan.recover}; a later one of the same endpoint replaces it. */
  failWith(fault: FaultChoice<Request, Given>, endpoint: Endpoint | undefined): void {
    const choice =
      typeof fault === 'function'
        ? ({ request }: Arrival<Request>) => (fault as (request: Request) => Given | undefined)(request)
        : fault;
    this.#plan.failWith(choice, this.#scopeAt(endpoint));
  }

  /** Ends all faults and scripts, used or not. */
  recover(): void {
    this.#plan.recover();
  }

  /**
   * The fault that a request meets, or `undefined` for the proper response.
   *
   * @param description names the request in {@link ResponsePlan.assertDone}; nothing secret
   */
  next(request: Request, endpoint: Endpoint | undefined, description: string): HttpFault | undefined {
    return this.#plan.next({ request, endpoint }, description);
  }

  /** @throws AssertionError when planned responses were not used, or when requests came for which the script had none */
  assertDone(): void {
    this.#plan.assertDone();
  }

  /** @throws TypeError for an endpoint that there is not */
  checkEndpoint(endpoint: Endpoint | undefined): void {
    if (endpoint !== undefined) this.#checks.endpoint('endpoint', endpoint);
  }

  #scopeAt(endpoint: Endpoint | undefined): EndpointScope {
    this.checkEndpoint(endpoint);
    return scopeOf(endpoint ?? this.#defaultEndpoint);
  }
}

function scopeOf(endpoint: string | undefined): EndpointScope {
  return {
    endpoint,
    key: endpoint ?? '',
    isFor: (arrival) => endpoint === undefined || endpoint === arrival.endpoint,
  };
}

function describe({ fault, scope: { endpoint } }: PlannedFault<EndpointScope, HttpFault>): string {
  const what =
    fault === undefined
      ? 'the proper response'
      : (fault.connection ?? `a response with status ${String(fault.status ?? 200)}`);
  return `${what}${endpoint === undefined ? '' : ` at ${endpoint}`}`;
}
