import type { IncomingMessage, ServerResponse } from 'node:http';
import { Listeners } from '../listeners.ts';
import { AnswerPlan, type FaultChoice, type FaultTarget, type ScriptStep } from '../server/answer-plan.ts';
import { Gate } from '../server/gate.ts';
import type { HttpFault } from '../server/http-fault.ts';
import { LoopbackServer, type LoopbackServerOptions } from '../server/loopback-server.ts';
import { sendFault } from '../server/send-fault.ts';
import { wallClockOf } from '../server/host-clock.ts';
import type { BackEndFailure, DaprVersion, FakeDaprComponent, FakeSecret } from './component.ts';
import { type DaprEndpoint, FakeDaprRequest } from './recorded-request.ts';
import { answerOf } from './sidecar-api.ts';

/**
 * A sidecar whose components are not loaded yet: `refusing` connections, as a real one does until its API listens, or `loading`, with
 * 500 as its health and no component.
 */
export type DaprColdStart = 'refusing' | 'loading';

/** Settings of a {@link FakeDaprSidecar}. Each can be changed while it runs. */
export interface FakeDaprSidecarOptions extends LoopbackServerOptions {
  /** Whose answers are given; default `1.18.3`. */
  readonly version?: DaprVersion;
  /** The `id` of the metadata; default `fake-app`. */
  readonly appId?: string;
  readonly components?: readonly FakeDaprComponent[];
  /** Requests without this `dapr-api-token` are refused; default none. */
  readonly apiToken?: string;
  /** Starts cold, until {@link FakeDaprSidecar.warmUp}; default ready. */
  readonly cold?: DaprColdStart;
}

/**
 * The parts of a Dapr sidecar's HTTP API that credential discovery uses: secrets, metadata, state reads and health,
 * with the statuses, bodies and error codes of daprd 1.18.3, 1.14.0 or 1.9.6.
 *
 * @see https://docs.dapr.io/reference/api/secrets_api/
 */
export class FakeDaprSidecar implements AsyncDisposable {
  /** Everything received, oldest first. */
  readonly requests: FakeDaprRequest[] = [];
  readonly appId: string;
  version: DaprVersion;
  components: readonly FakeDaprComponent[];
  apiToken: string | undefined;
  /** False answers metadata requests as a sidecar whose `api.allowed` does not list them. */
  metadataAllowed = true;
  #server: LoopbackServer | undefined;
  readonly #plan: AnswerPlan<DaprEndpoint, FakeDaprRequest>;
  readonly #gate = new Gate();
  readonly #watchers: (() => void)[] = [];
  readonly #listeners = new Listeners<FakeDaprRequest>();
  #isReady = true;

  /** Starts a sidecar; end it with {@link FakeDaprSidecar.stop} or `await using`. */
  static async start(options: FakeDaprSidecarOptions = {}): Promise<FakeDaprSidecar> {
    const fake = new FakeDaprSidecar(options);
    fake.#server = await LoopbackServer.start(
      (request, response) => fake.#handle(request, response),
      options,
    );
    if (options.cold !== undefined) await fake.goCold(options.cold);
    return fake;
  }

  private constructor(options: FakeDaprSidecarOptions) {
    this.version = options.version ?? '1.18.3';
    this.appId = options.appId ?? 'fake-app';
    this.components = options.components ?? [];
    this.apiToken = options.apiToken;
    this.#plan = new AnswerPlan(wallClockOf(options), (fault) => fault);
  }

  /** `http://127.0.0.1:<port>`, for `DAPR_HTTP_ENDPOINT`. */
  get url(): string {
    return this.#listening.url;
  }

  /** For `DAPR_HTTP_PORT`. */
  get port(): number {
    return this.#listening.port;
  }

  /** The authority to trust (PEM), when the sidecar has `tls: true`. */
  get caCertificate(): string | undefined {
    return this.#listening.caCertificate;
  }

  /** Whether its components are loaded. */
  get isReady(): boolean {
    return this.#isReady;
  }

  get #listening(): LoopbackServer {
    if (this.#server === undefined) throw new Error('The sidecar has not started yet');
    return this.#server;
  }

  /** Ends it and every open connection. */
  async stop(): Promise<void> {
    this.#gate.open();
    await this.#listening.stop();
  }

  /** Listens on the same port again, with all that it holds, as a restarted sidecar does. */
  restart(): Promise<void> {
    return this.#listening.restart();
  }

  /**
   * From now on its components are not loaded: as after a restart of the pod.
   *
   * @param how default `loading`
   */
  async goCold(how: DaprColdStart = 'loading'): Promise<void> {
    this.#isReady = false;
    if (how === 'refusing') await this.stop();
  }

  /** Ends a cold start: it listens, and its components are loaded. */
  async warmUp(): Promise<void> {
    this.#isReady = true;
    if (!this.#listening.isListening) await this.restart();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The next requests meet `fault`; each call queues behind the earlier ones. */
  injectFault(fault: HttpFault, target: FaultTarget<DaprEndpoint> = {}): void {
    this.#plan.inject(fault, target);
  }

  /**
   * Every request meets `fault`, or what a function decides about it, until {@link FakeDaprSidecar.recover}.
   *
   * @param endpoint default all
   */
  failWith(fault: FaultChoice<FakeDaprRequest>, endpoint?: DaprEndpoint): void {
    this.#plan.failWith(fault, endpoint);
  }

  /**
   * The next requests get these answers, in order: a fault, or `'proper'`. One that comes after the last of them is unplanned: it gets 500,
   * and fails {@link FakeDaprSidecar.assertDone}.
   *
   * @param endpoint default all
   */
  script(steps: readonly ScriptStep[], endpoint?: DaprEndpoint): void {
    this.#plan.script(steps, endpoint);
  }

  /** @throws AssertionError when planned answers were not used, or when requests came for which a script had none */
  assertDone(): void {
    this.#plan.assertDone();
  }

  /** Ends all faults and scripts. */
  recover(): void {
    this.#plan.recover();
  }

  /** Requests are recorded, but not answered until the returned function is called. */
  hold(): () => void {
    return this.#gate.hold();
  }

  /** Replaces everything that the named component holds. */
  setSecrets(componentName: string, secrets: Readonly<Record<string, FakeSecret>>): void {
    this.#change(componentName, { secrets });
  }

  /** Makes reads of the named component fail with this text of its back end (see `daprBackEndErrors`); `undefined` heals it. */
  breakComponent(componentName: string, failure: BackEndFailure | undefined): void {
    this.#change(componentName, { brokenWith: failure });
  }

  /**
   * Calls `listener` with each request from now on, once it is answered or its connection has ended.
   *
   * @returns ends the subscription
   */
  subscribe(listener: (request: FakeDaprRequest) => void): () => void {
    return this.#listeners.subscribe(listener);
  }

  /** Resolves once `count` requests in all, to paths that contain `path`, were received. */
  async received(path: string, count = 1): Promise<void> {
    while (this.requestsTo(path).length < count) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** The requests whose path contains `path`. */
  requestsTo(path: string): readonly FakeDaprRequest[] {
    return this.requests.filter((request) => request.path.includes(path));
  }

  #change(name: string, change: Partial<FakeDaprComponent>): void {
    if (!this.components.some((component) => component.name === name)) {
      throw new RangeError(`The fake sidecar has no component "${name}"`);
    }
    this.components = this.components.map((component) =>
      component.name === name ? { ...component, ...change } : component,
    );
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = new FakeDaprRequest(incoming, response);
    this.requests.push(request);
    response.once('close', () => {
      this.#listeners.tell(request);
    });
    for (const watcher of this.#watchers.splice(0)) watcher();
    const { method, path, endpoint } = request;
    const fault = this.#plan.next(request, endpoint, `${method} ${path}`);
    await this.#gate.pass();
    const { status, contentType, body } = answerOf(
      { method, path, apiToken: request.header('dapr-api-token') },
      this,
    );
    const headers = body === undefined ? {} : { 'content-type': contentType };
    if (fault === undefined) response.writeHead(status, headers).end(body);
    else await sendFault(response, fault, { status, headers, body: body ?? '', requestBody: '' });
  }
}
