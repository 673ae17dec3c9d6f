import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type FaultChoice,
  type FaultTarget,
  ResponsePlan,
  type ResponsePlanSettings,
  type ScriptStep,
} from './response-plan.ts';
import { Gate } from './gate.ts';
import { wallClockOf } from './host-clock.ts';
import type { HttpFault } from './http-fault.ts';
import { LoopbackServer, type LoopbackServerSettings } from './loopback-server.ts';
import { RequestLog } from './request-log.ts';
import { sendFault } from './send-fault.ts';

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
export interface FakeHttpServerParts<Endpoint extends string, Request, Given> extends ResponsePlanSettings<
  Endpoint,
  Given
> {
  /** Makes a record of a request when it arrives. */
  readonly receive: (incoming: IncomingMessage, response: ServerResponse) => Request | Promise<Request>;
  readonly endpointOf: (request: Request) => Endpoint | undefined;
  /** Looks at a request when it arrives; the function that it gives makes the proper response when that is due. */
  readonly prepare: (
    request: Request,
    endpoint: Endpoint | undefined,
  ) => (() => FakeResponse) | Promise<() => FakeResponse>;
}

/** What of a fake is on the wire: where it listens, what came in, and what goes out instead of the proper responses. */
export class FakeHttpServer<
  Endpoint extends string,
  Request extends { readonly method: string; readonly path: string },
  Given = HttpFault,
> implements AsyncDisposable {
  readonly #parts: FakeHttpServerParts<Endpoint, Request, Given>;
  readonly #settings: LoopbackServerSettings;
  readonly #log = new RequestLog<Request>();
  readonly #plan: ResponsePlan<Endpoint, Request, Given>;
  readonly #gate = new Gate<Endpoint | undefined>();
  #server: LoopbackServer | undefined;

  constructor(parts: FakeHttpServerParts<Endpoint, Request, Given>, settings: LoopbackServerSettings) {
    const { port, tls, clock, requestClientCertificate } = settings;
    this.#parts = parts;
    this.#settings = { port, tls, clock, requestClientCertificate };
    this.#plan = new ResponsePlan(parts, wallClockOf(settings));
  }

  /** `http://127.0.0.1:<port>` or `https://…`, without a trailing slash. */
  get url(): string {
    return this.#listening.url;
  }

  get port(): number {
    return this.#listening.port;
  }

  /** Whether it accepts connections. */
  get isListening(): boolean {
    return this.#server?.isListening === true;
  }

  /** The authority to trust (PEM), when the server has `tls: true`. */
  get caCertificate(): string | undefined {
    return this.#listening.caCertificate;
  }

  get #listening(): LoopbackServer {
    if (this.#server === undefined) throw new Error('The server has not started yet');
    return this.#server;
  }

  /** Every request so far, whatever its path, oldest first. */
  get requests(): readonly Request[] {
    return this.#log.requests;
  }

  /** How many connections with a request on them are open now: 0 after the clients gave up. */
  get openConnections(): number {
    return this.#listening.openConnections;
  }

  /** How many connections have brought requests so far: 1 when the client keeps its connection alive. */
  get connectionsSeen(): number {
    return this.#listening.connectionsSeen;
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
    this.#plan.inject(fault, target);
  }

  /**
   * Every request to the endpoint meets `fault`, or what a function decides about it, until `recover()`.
   *
   * @throws TypeError as `injectFault()`; `assertDone()` reports what a function gives
   */
  failWith(fault: FaultChoice<Request, Given>, endpoint?: Endpoint): void {
    this.#plan.failWith(fault, endpoint);
  }

  /**
   * The next requests to the endpoint get these responses, in order: a fault, or `'proper'`. One that comes after the last of them is
   * unplanned: it gets 500, and fails `assertDone()`.
   *
   * @throws TypeError as `injectFault()`
   */
  script(steps: readonly ScriptStep<Given>[], endpoint?: Endpoint): void {
    this.#plan.script(steps, endpoint);
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
    this.#plan.checkEndpoint(endpoint);
    const held = endpoint ?? this.#parts.defaultEndpoint;
    return this.#gate.hold((arrived) => held === undefined || held === arrived);
  }

  /** Ends the server and every connection to it. */
  async stop(): Promise<void> {
    this.#gate.open();
    await this.#server?.stop();
  }

  /** Listens on the same port again, with all that it knows: the server came back. */
  async restart(): Promise<void> {
    if (this.#server !== undefined) {
      await this.#server.restart();
      return;
    }
    this.#server = await LoopbackServer.start(
      (request, response) => this.#handle(request, response),
      this.#settings,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { receive, endpointOf, prepare } = this.#parts;
    const request = await receive(incoming, response);
    response.once('close', () => {
      this.#log.close(request);
    });
    this.#log.add(request);
    const endpoint = endpointOf(request);
    const fault = this.#plan.next(request, endpoint, `${request.method} ${request.path}`);
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
