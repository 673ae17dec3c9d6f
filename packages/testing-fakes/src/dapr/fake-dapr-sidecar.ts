import { type Checks, checkGiven, listOf, number, oneOf, text } from '../given/check-given.ts';
import { hintAt } from '@worker-auth/ports/nearest-name';
import { FakeHttpServer } from '../server/fake-http-server.ts';
import { readHttpFault } from '../server/http-fault.ts';
import { loopbackChecks, type LoopbackServerOptions } from '../server/loopback-server.ts';
import { checkComponent } from './component-checks.ts';
import type { BackEndFailure, DaprVersion, FakeDaprComponent, FakeSecret } from './component.ts';
import { type DaprEndpoint, daprEndpoints, FakeDaprRequest } from './recorded-request.ts';
import { answerOf, type SidecarState } from './sidecar-api.ts';

/**
 * A sidecar whose components are not loaded yet: `rejecting` connections, as a real one does until its API listens, or `loading`, with
 * 500 as its health and no component.
 */
export type DaprColdStart = 'rejecting' | 'loading';

/** Settings of a {@link FakeDaprSidecar}. Each can be changed while it runs. */
export interface FakeDaprSidecarOptions extends LoopbackServerOptions {
  /** Whose responses are given; default `1.18.3`. */
  readonly version?: DaprVersion;
  /** The `id` of the metadata; default `fake-app`. */
  readonly appId?: string;
  readonly components?: readonly FakeDaprComponent[];
  /** Requests without this `dapr-api-token` are rejected; default none. */
  readonly apiToken?: string;
  /** Starts cold, until {@link FakeDaprSidecar.warmUp}; default ready. */
  readonly cold?: DaprColdStart;
}

const coldStarts: readonly DaprColdStart[] = ['rejecting', 'loading'];
const componentList = listOf(checkComponent);

const coldCheck = oneOf(coldStarts);
const versionCheck = oneOf(['1.9.6', '1.14.0', '1.18.3'] satisfies DaprVersion[]);

const optionChecks: Checks<FakeDaprSidecarOptions> = {
  ...loopbackChecks,
  version: versionCheck,
  appId: text,
  components: componentList,
  apiToken: text,
  cold: coldCheck,
};

/**
 * The parts of a Dapr sidecar's HTTP API that credential discovery uses: secrets, metadata, state reads and health,
 * with the statuses, bodies and error codes of daprd 1.18.3, 1.14.0 or 1.9.6.
 *
 * @see https://docs.dapr.io/reference/api/secrets_api/
 */
export class FakeDaprSidecar extends FakeHttpServer<DaprEndpoint, FakeDaprRequest> {
  readonly appId: string;
  apiToken: string | undefined;
  /** False answers metadata requests as a sidecar whose `api.allowed` does not list them. */
  metadataAllowed = true;
  /** False answers `/v1.0/healthz` with 500, as a sidecar whose app is not ready; `/v1.0/healthz/outbound` does not wait for the app. */
  appIsReady = true;
  #components: readonly FakeDaprComponent[];
  #version: DaprVersion;
  #isReady = true;

  /**
   * Starts a sidecar; end it with `stop()` or `await using`.
   *
   * @throws TypeError for an option or a type of component that there is not, with the nearest name
   */
  static async start(options: FakeDaprSidecarOptions = {}): Promise<FakeDaprSidecar> {
    checkGiven('FakeDaprSidecar.start', options, optionChecks);
    const fake = new FakeDaprSidecar(options);
    await fake.restart();
    if (options.cold !== undefined) await fake.goCold(options.cold);
    return fake;
  }

  private constructor(options: FakeDaprSidecarOptions) {
    super(
      {
        endpoints: daprEndpoints,
        readFault: readHttpFault,
        receive: (incoming, response) => new FakeDaprRequest(incoming, response),
        endpointOf: ({ endpoint }) => endpoint,
        prepare: (request) => () => {
          const { method, path } = request;
          const apiToken = request.header('dapr-api-token');
          const { status, contentType, body } = answerOf({ method, path, apiToken }, sidecar.state);
          return { status, headers: body === undefined ? {} : { 'content-type': contentType }, body };
        },
      },
      options,
    );
    this.#version = options.version ?? '1.18.3';
    this.appId = options.appId ?? 'fake-app';
    this.#components = options.components ?? [];
    this.apiToken = options.apiToken;
    const sidecar: { readonly state: SidecarState } = { state: this };
  }

  get version(): DaprVersion {
    return this.#version;
  }

  /** Whose responses are given from now on. Throws a TypeError for a version that there is not. */
  set version(version: DaprVersion) {
    versionCheck('version', version);
    this.#version = version;
  }

  get components(): readonly FakeDaprComponent[] {
    return this.#components;
  }

  /** What is loaded changes. Throws as {@link FakeDaprSidecar.start}. */
  set components(components: readonly FakeDaprComponent[]) {
    componentList('components', components);
    this.#components = components;
  }

  /** Whether its components are loaded. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /**
   * From now on its components are not loaded: as after a restart of the pod.
   *
   * @param how default `loading`
   */
  async goCold(how: DaprColdStart = 'loading'): Promise<void> {
    coldCheck('how', how);
    this.#isReady = false;
    if (how === 'rejecting') await this.stop();
  }

  /** Ends a cold start: it listens, and its components are loaded. */
  async warmUp(): Promise<void> {
    this.#isReady = true;
    if (!this.isListening) await this.restart();
  }

  /** Replaces everything that the named component holds. */
  setSecrets(componentName: string, secrets: Readonly<Record<string, FakeSecret>>): void {
    this.#change(componentName, { secrets });
  }

  /** Makes reads of the named component fail with this text of its back end (see `daprBackEndErrors`); `undefined` heals it. */
  breakComponent(componentName: string, failure: BackEndFailure | undefined): void {
    this.#change(componentName, { brokenWith: failure });
  }

  /** Resolves once `count` requests in all, to paths that contain `path`, were received. */
  async received(path: string, count = 1): Promise<void> {
    text('path', path);
    number({ min: 0, isWhole: true })('count', count);
    while (this.requestsTo(path).length < count) await this.nextRequest();
  }

  /** The requests whose path contains `path`. */
  requestsTo(path: string): readonly FakeDaprRequest[] {
    return this.requests.filter((request) => request.path.includes(path));
  }

  #change(name: string, change: Partial<FakeDaprComponent>): void {
    text('componentName', name);
    if (!this.components.some((component) => component.name === name)) {
      const names = this.components.map((component) => component.name);
      throw new RangeError(`The fake sidecar has no component "${name}": ${hintAt(name, names)}`);
    }
    this.components = this.components.map((component) =>
      component.name === name ? { ...component, ...change } : component,
    );
  }
}
