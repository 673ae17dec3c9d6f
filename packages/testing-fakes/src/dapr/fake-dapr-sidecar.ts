import type { IncomingMessage, ServerResponse } from 'node:http';
import { AnswerPlan, type FaultChoice, type FaultTarget } from '../server/answer-plan.ts';
import { Gate } from '../server/gate.ts';
import type { HttpFault } from '../server/http-fault.ts';
import { LoopbackServer, type LoopbackServerOptions } from '../server/loopback-server.ts';
import { sendFault } from '../server/send-fault.ts';
import type { FakeDaprComponent, FakeSecret } from './component.ts';
import type { DaprVersion } from './metadata.ts';
import { answerOf, type DaprEndpoint, endpointOf, type FakeDaprRequest } from './sidecar-api.ts';

/** Settings of a {@link FakeDaprSidecar}. Each can be changed while it runs. */
export interface FakeDaprSidecarOptions extends LoopbackServerOptions {
  /** Whose metadata shape is spoken; default `1.18.3`. */
  readonly version?: DaprVersion;
  readonly components?: readonly FakeDaprComponent[];
  /** Requests without this `dapr-api-token` are refused; default none. */
  readonly apiToken?: string;
  /** Starts as a sidecar whose components are still loading; see {@link FakeDaprSidecar.ready}. Default true. */
  readonly ready?: boolean;
}

/**
 * The parts of a Dapr sidecar's HTTP API that credential discovery uses: secrets, metadata, state reads and health,
 * with the statuses, error codes and texts of daprd 1.18.3 (and the metadata shape of 1.9.6).
 *
 * @see https://docs.dapr.io/reference/api/secrets_api/
 */
export class FakeDaprSidecar implements AsyncDisposable {
  /** Everything received, oldest first. */
  readonly requests: FakeDaprRequest[] = [];
  /** While false: `/v1.0/healthz/outbound` answers 500 and no component is loaded yet. */
  ready: boolean;
  version: DaprVersion;
  components: readonly FakeDaprComponent[];
  apiToken: string | undefined;
  /** False answers metadata requests as a sidecar whose `api.allowed` does not list them. */
  metadataAllowed = true;
  #server: LoopbackServer | undefined;
  readonly #plan = new AnswerPlan<DaprEndpoint, FakeDaprRequest>();
  readonly #gate = new Gate();
  readonly #watchers: (() => void)[] = [];

  /** Starts a sidecar; end it with {@link FakeDaprSidecar.stop} or `await using`. */
  static async start(options: FakeDaprSidecarOptions = {}): Promise<FakeDaprSidecar> {
    const fake = new FakeDaprSidecar(options);
    fake.#server = await LoopbackServer.start(
      (request, response) => fake.#handle(request, response),
      options,
    );
    return fake;
  }

  private constructor(options: FakeDaprSidecarOptions) {
    this.version = options.version ?? '1.18.3';
    this.components = options.components ?? [];
    this.apiToken = options.apiToken;
    this.ready = options.ready ?? true;
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

  /** Ends all faults. */
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

  /** Makes every read of the named component fail with this back end text; `undefined` heals it. */
  breakComponent(componentName: string, text: string | undefined): void {
    this.#change(componentName, { brokenWith: text });
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
    const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers };
    this.requests.push(request);
    for (const watcher of this.#watchers.splice(0)) watcher();
    const fault = this.#plan.next(request, endpointOf(request.path), `${request.method} ${request.path}`);
    await this.#gate.pass();
    const { status, contentType, body } = answerOf(request, this);
    if (fault !== undefined) await sendFault(response, fault, { body: body ?? '', requestBody: '' });
    else response.writeHead(status, body === undefined ? {} : { 'content-type': contentType }).end(body);
  }
}
