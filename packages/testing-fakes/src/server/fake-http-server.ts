import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Checks, checkGiven, oneOf, positiveMs } from '../given/check-given.ts';
import { type ChoiceOf, faultCount, FaultPlan, type FaultScope, type StepOf } from './fault-plan.ts';
import { Gate } from './gate.ts';
import { wallClockOf } from './host-clock.ts';
import { describeHttpFault, type HttpFault, unplannedFault } from './http-fault.ts';
import { HttpListener, type LoopbackServerSettings } from './loopback-server.ts';
import { RequestLog } from './request-log.ts';
import { sendFault } from './send-fault.ts';

/** A fault, or what decides about each request: `undefined` answers it properly. */
export type FaultChoice<Request, Given = HttpFault> = ChoiceOf<Given, Request>;

/** One response of a script: a fault, or the proper one. */
export type ScriptStep<Given = HttpFault> = StepOf<Given>;

/** How often, and where, a fault is met. */
export interface FaultTarget<Endpoint extends string> {
  /** How many requests meet it. Default 1; any number when there is a `forMs`. */
  readonly times?: number;
  /** For how many milliseconds from now, by the server's clock. Default as long as it takes. */
  readonly forMs?: number;
  /** Which requests meet it. */
  readonly endpoint?: Endpoint;
}

/** A response as it should be, before any fault distorts it. */
export interface FakeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** The body of the request, for faults that repeat it. Default none. */
  readonly requestBody?: string;
  /** What the server has done once this is sent; not when a fault takes its place. */
  readonly effect?: () => void;
}

/** What a {@link FakeHttpServer} is of its own. */
export interface FakeHttpServerParts<Endpoint extends string, Request, Given> {
  readonly endpoints: readonly Endpoint[];
  /** Where faults are that name no endpoint. Default all. */
  readonly defaultEndpoint?: Endpoint;
  /** Makes a fault of what a test gives: its name, for example. It throws when that is none. */
  readonly readFault: (given: Given) => HttpFault;
  /** Makes a record of a request when it arrives. */
  readonly receive: (incoming: IncomingMessage, response: ServerResponse) => Request | Promise<Request>;
  readonly endpointOf: (request: Request) => Endpoint | undefined;
  /** Looks at a request when it arrives; the function that it gives makes the proper response when that is due. */
  readonly prepare: (
    request: Request,
    endpoint: Endpoint | undefined,
  ) => (() => FakeResponse) | Promise<() => FakeResponse>;
}

/** What of a fake is on the wire: what came in, and what goes out instead of the proper responses. */
export class FakeHttpServer<
  Endpoint extends string,
  Request extends { readonly method: string; readonly path: string },
  Given = HttpFault,
> extends HttpListener {
  readonly #parts: FakeHttpServerParts<Endpoint, Request, Given>;
  readonly #checks: Checks<FaultTarget<Endpoint>>;
  readonly #log = new RequestLog<Request>();
  readonly #plan: FaultPlan<Request, Given, HttpFault>;
  readonly #gate = new Gate<Endpoint | undefined>();

  protected constructor(
    parts: FakeHttpServerParts<Endpoint, Request, Given>,
    settings: LoopbackServerSettings,
  ) {
    super((request, response) => this.#handle(request, response), settings);
    this.#parts = parts;
    this.#checks = { times: faultCount, forMs: positiveMs, endpoint: oneOf(parts.endpoints) };
    this.#plan = new FaultPlan({
      nowMs: wallClockOf(settings),
      read: parts.readFault,
      unplanned: unplannedFault,
      describe: describeHttpFault,
    });
  }

  /** Every request so far, whatever its path, oldest first. */
  get requests(): readonly Request[] {
    return this.#log.requests;
  }

  /** The next request that arrives after this call. */
  nextRequest(): Promise<Request> {
    return this.#log.next();
  }

  /** Calls `listener` with each request once its response is sent, or its connection over. Returns the function that ends this. */
  subscribe(listener: (request: Request) => void): () => void {
    return this.#log.subscribe(listener);
  }

  /**
   * The next requests meet `fault`: those to the server's main endpoint, unless the target names another one. Each call queues behind
   * the earlier ones.
   *
   * @throws TypeError for a fault, an option or an endpoint that there is not, with the nearest name
   * @throws RangeError when `times` is not a whole number above 0, or `forMs` not a number above 0
   */
  injectFault(fault: Given, target: FaultTarget<Endpoint> = {}): void {
    checkGiven('injectFault', target, this.#checks);
    this.#plan.inject(fault, this.#scopeAt(target.endpoint), target);
  }

  /**
   * Every request to the endpoint meets `fault`, or what a function decides about it, until `recover()`.
   *
   * @throws TypeError as `injectFault()`; `assertDone()` reports what a function gives
   */
  failWith(fault: FaultChoice<Request, Given>, endpoint?: Endpoint): void {
    this.#plan.failWith(fault, this.#scopeAt(endpoint));
  }

  /**
   * The next requests to the endpoint get these responses, in order: a fault, or `'proper'`. One that comes after the last of them is
   * unplanned: it gets 500, and fails `assertDone()`.
   *
   * @throws TypeError as `injectFault()`
   */
  script(steps: readonly ScriptStep<Given>[], endpoint?: Endpoint): void {
    this.#plan.script(steps, this.#scopeAt(endpoint));
  }

  /** Ends all faults and scripts. */
  recover(): void {
    this.#plan.recover();
  }

  /** @throws AssertionError when planned responses were not used, or when requests came for which a script had none */
  assertDone(): void {
    this.#plan.assertDone();
  }

  /**
   * Requests to the endpoint are recorded, but not answered until the returned function is called.
   *
   * @throws TypeError for an endpoint that there is not
   */
  hold(endpoint?: Endpoint): () => void {
    const held = this.#given(endpoint);
    return this.#gate.hold((arrived) => held === undefined || held === arrived);
  }

  override async stop(): Promise<void> {
    this.#gate.open();
    await super.stop();
  }

  #given(endpoint: Endpoint | undefined): Endpoint | undefined {
    if (endpoint !== undefined) this.#checks.endpoint('endpoint', endpoint);
    return endpoint ?? this.#parts.defaultEndpoint;
  }

  #scopeAt(given: Endpoint | undefined): FaultScope<Request> {
    const endpoint = this.#given(given);
    return {
      place: endpoint === undefined ? '' : ` at ${endpoint}`,
      isFor: (request) => endpoint === undefined || endpoint === this.#parts.endpointOf(request),
    };
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { receive, endpointOf, prepare } = this.#parts;
    const request = await receive(incoming, response);
    response.once('close', () => {
      this.#log.close(request);
    });
    this.#log.add(request);
    const endpoint = endpointOf(request);
    const fault = this.#plan.next(request, `${request.method} ${request.path}`);
    const respond = await prepare(request, endpoint);
    await this.#gate.pass(endpoint);
    const { status, headers, body, requestBody = '', effect } = respond();
    if (fault === undefined) response.writeHead(status, { ...headers }).end(body);
    else await sendFault(response, fault, { status, headers, body: body ?? '', requestBody });
    // However slow, it was the proper response, and all of it.
    const isProper = fault?.status === undefined && fault?.body === undefined;
    if (isProper && response.writableEnded) effect?.();
  }
}
