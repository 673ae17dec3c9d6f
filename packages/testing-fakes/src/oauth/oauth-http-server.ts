import type { IncomingMessage, ServerResponse } from 'node:http';
import { AnswerPlan, type FaultTarget, type ScriptStep } from '../server/answer-plan.ts';
import { Gate } from '../server/gate.ts';
import type { HttpFault } from '../server/http-fault.ts';
import { LoopbackServer } from '../server/loopback-server.ts';
import { sendFault } from '../server/send-fault.ts';
import { wallClockOf } from '../server/host-clock.ts';
import type { MockOAuthServerOptions } from './mock-oauth-server-options.ts';
import { jsonAnswer, type OAuthAnswer } from './oauth-answer.ts';
import { endpointAt, type OAuthEndpoint } from './oauth-endpoint.ts';
import { type OAuthFaultChoice, type OAuthFaultName, resolveFault } from './oauth-faults.ts';
import { RecordedRequest } from './recorded-request.ts';
import { RequestLog } from './request-log.ts';

/** Looks at a request when it arrives; the function that it gives makes the proper answer when that is due. */
export type PrepareAnswer = (endpoint: OAuthEndpoint, request: RecordedRequest) => Promise<() => OAuthAnswer>;

/** What of a `MockOAuthServer` is on the wire: where it listens, what came in, and what goes out instead of the proper answers. */
export class OAuthHttpServer implements AsyncDisposable {
  readonly #prepare: PrepareAnswer;
  readonly #options: MockOAuthServerOptions;
  readonly #issuerPath: string;
  readonly #wallNow: () => number;
  readonly #log = new RequestLog();
  readonly #plan: AnswerPlan<OAuthEndpoint, RecordedRequest, HttpFault | OAuthFaultName>;
  readonly #gate = new Gate<OAuthEndpoint>();
  #server: LoopbackServer | undefined;

  constructor(prepare: PrepareAnswer, options: MockOAuthServerOptions) {
    this.#prepare = prepare;
    this.#options = options;
    this.#issuerPath = options.issuerPath ?? '';
    this.#wallNow = wallClockOf(options);
    this.#plan = new AnswerPlan(this.#wallNow, resolveFault);
  }

  /** `http://127.0.0.1:<port>`, with the issuer path. */
  get issuer(): string {
    return `${this.#listening.url}${this.#issuerPath}`;
  }

  get tokenUrl(): string {
    return `${this.issuer}/token`;
  }

  get jwksUrl(): string {
    return `${this.issuer}/jwks`;
  }

  get introspectionUrl(): string {
    return `${this.issuer}/introspect`;
  }

  get revocationUrl(): string {
    return `${this.issuer}/revoke`;
  }

  /** The authority to trust (PEM), when the server has `tls: true`. */
  get caCertificate(): string | undefined {
    return this.#listening.caCertificate;
  }

  get #listening(): LoopbackServer {
    if (this.#server === undefined) throw new Error('The server has not started yet');
    return this.#server;
  }

  /** Every request so far, whatever its path. */
  get requests(): readonly RecordedRequest[] {
    return this.#log.requests;
  }

  /** The requests to the token endpoint so far. */
  get tokenRequests(): readonly RecordedRequest[] {
    return this.requests.filter(({ path }) => path === `${this.#issuerPath}/token`);
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
  nextRequest(): Promise<RecordedRequest> {
    return this.#log.next();
  }

  /** Calls `listener` with each request once its answer is sent, or its connection over. Returns the function that ends this. */
  subscribe(listener: (request: RecordedRequest) => void): () => void {
    return this.#log.subscribe(listener);
  }

  /**
   * The next requests meet `fault`: those to the token endpoint, unless the target names another one. Each call queues behind the
   * earlier ones.
   *
   * @throws RangeError when `times` is not a whole number above 0, or `forMs` not a number above 0
   */
  injectFault(fault: HttpFault | OAuthFaultName, target: FaultTarget<OAuthEndpoint> = {}): void {
    this.#plan.inject(fault, { endpoint: 'token', ...target });
  }

  /** Every request to the endpoint meets `fault`, or what a function decides about it, until {@link OAuthHttpServer.recover}. */
  failWith(fault: OAuthFaultChoice, endpoint: OAuthEndpoint = 'token'): void {
    this.#plan.failWith(fault, endpoint);
  }

  /**
   * The next requests to the endpoint get these answers, in order. Those that come after the last of them are unplanned: they get a 500
   * that says so, and fail {@link OAuthHttpServer.assertDone}.
   */
  script(steps: readonly ScriptStep<HttpFault | OAuthFaultName>[], endpoint: OAuthEndpoint = 'token'): void {
    this.#plan.script(steps, endpoint);
  }

  /** Ends all faults and scripts. */
  recover(): void {
    this.#plan.recover();
  }

  /** @throws AssertionError when injected or scripted answers were not used, or when requests came that the script had none for */
  assertDone(): void {
    this.#plan.assertDone();
  }

  /** Requests to the endpoint are recorded, but not answered until the returned function is called. */
  hold(endpoint: OAuthEndpoint = 'token'): () => void {
    return this.#gate.hold((held) => held === endpoint);
  }

  /** Ends the server and every connection to it. */
  async stop(): Promise<void> {
    this.#gate.open();
    await this.#listening.stop();
  }

  /** Listens on the same port again, with all that it knows: the server came back. */
  async restart(): Promise<void> {
    if (this.#server !== undefined) {
      await this.#server.restart();
      return;
    }
    this.#server = await LoopbackServer.start(
      (request, response) => this.#handle(request, response),
      this.#options,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // Of the clock that dates the tokens: a client compares the two.
    response.setHeader('date', new Date(this.#wallNow()).toUTCString());
    const request = await RecordedRequest.receive(incoming, response, this.#wallNow);
    response.once('close', () => {
      this.#log.close(request);
    });
    this.#log.add(request);
    const endpoint = endpointAt(request.path, this.#issuerPath);
    if (endpoint === undefined) {
      send(response, jsonAnswer({ error: 'not_found' }, 404));
      return;
    }
    const fault = this.#plan.next(request, endpoint, `${request.method} ${request.path}`);
    const makeAnswer = await this.#prepare(endpoint, request);
    await this.#gate.pass(endpoint);
    const answer = makeAnswer();
    if (fault === undefined) send(response, answer);
    else await sendFault(response, fault, { ...answer, requestBody: request.rawBody() });
    // However slow, it was the proper answer, and all of it.
    const isProper = fault?.status === undefined && fault?.body === undefined;
    if (isProper && response.writableEnded) answer.effect?.();
  }
}

function send(response: ServerResponse, { status, headers, body }: OAuthAnswer): void {
  response.writeHead(status, { ...headers }).end(body);
}
