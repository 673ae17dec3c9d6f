import type { TemporalAuthOptions } from '@worker-auth/temporal-auth';
import {
  FakeDaprSidecar,
  FakeTemporalFrontend,
  type FakeTemporalFrontendOptions,
  MockOAuthServer,
  type MockOAuthServerOptions,
  RecordingLogger,
  tokenFingerprint,
} from '@worker-auth/testing-fakes';
import { type TemporaryFolder, temporaryFolder } from '../fixtures/temporary-folder.ts';

/** How the servers of a cell are started. */
export interface Servers {
  readonly oauth?: MockOAuthServerOptions;
  readonly temporal?: Omit<FakeTemporalFrontendOptions, 'acceptToken'>;
}

/** Whose credentials the cells use. */
export const applicationName = 'postgres-extraction';

/** The same without some of its options. */
export function without<T extends object, K extends keyof T>(given: T, ...names: readonly K[]): Omit<T, K> {
  const left = Object.entries(given).filter(([name]) => !(names as readonly PropertyKey[]).includes(name));
  return Object.fromEntries(left) as Omit<T, K>;
}

/** Options without any credentials. */
export type Place = Omit<TemporalAuthOptions, 'tokens' | 'credentials'>;

/** The servers of one cell, and what arrives there. */
export class Cell implements AsyncDisposable {
  readonly oauth: MockOAuthServer;
  /** Holds the credentials of the OAuth server's client in a component with the default names. */
  readonly dapr: FakeDaprSidecar;
  /** Accepts the tokens of {@link tokens}, and no other. */
  readonly temporal: FakeTemporalFrontend;
  readonly folder: TemporaryFolder;
  readonly log = new RecordingLogger();
  /** The tokens that the source of the cell gave. With none, Temporal accepts calls without a token alone. */
  tokens: () => readonly string[] = () => this.oauth.issuedTokens;
  /** The checks by which the doctor warns of the servers of the cell, and rightly. */
  readonly findings: string[] = [];
  /** Tokens that arrived elsewhere, such as at an HTTP server. */
  readonly arrivedElsewhere: string[] = [];
  readonly #opened: AsyncDisposableStack;

  static async open({ oauth, temporal }: Servers = {}): Promise<Cell> {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(await temporaryFolder());
    const issuer = opened.use(await MockOAuthServer.start(oauth));
    const secret = credentialsOf(issuer);
    const sidecar = opened.use(
      await FakeDaprSidecar.start({
        apiToken: 'sidecar-token',
        components: [
          {
            name: 'deployment-secret-store',
            type: 'secretstores.hashicorp.vault',
            secrets: { 'atlan-deployment-secrets': secret, database: { password: 'quiet' } },
          },
          { name: 'statestore', type: 'state.redis', state: { credential_oauth: { username: 'nobody' } } },
        ],
      }),
    );
    let cell: Cell | undefined;
    const acceptToken = (token: string | undefined): boolean => cell?.accepts(token) === true;
    const frontend = opened.use(await FakeTemporalFrontend.start({ ...temporal, acceptToken }));
    return (cell = new Cell(folder, issuer, sidecar, frontend, opened.move()));
  }

  private constructor(
    folder: TemporaryFolder,
    oauth: MockOAuthServer,
    dapr: FakeDaprSidecar,
    temporal: FakeTemporalFrontend,
    opened: AsyncDisposableStack,
  ) {
    this.folder = folder;
    this.oauth = oauth;
    this.dapr = dapr;
    this.temporal = temporal;
    this.#opened = opened;
  }

  /** Ends with the cell. */
  use<T extends AsyncDisposable | Disposable>(resource: T): T {
    return this.#opened.use(resource);
  }

  /** Where Temporal is, and nothing of the environment of the test. */
  get place(): Place {
    return {
      ...{ host: '127.0.0.1', port: this.temporal.port, namespace: 'default' },
      ...{ env: {}, logger: this.log, bootTimeoutMs: 60_000 },
    };
  }

  /** The same with the token endpoint, for credentials that do not name it. */
  get application(): Place {
    return { ...this.place, env: { WORKER_AUTH_TOKEN_URL: this.oauth.tokenUrl } };
  }

  /** The variables of an application whose credentials are still to be said. */
  get variables(): Readonly<Record<string, string>> {
    return {
      ATLAN_APPLICATION_NAME: applicationName,
      ATLAN_WORKFLOW_AUTH_ENABLED: 'true',
      ATLAN_WORKFLOW_AUTH_URL: this.oauth.tokenUrl,
      ATLAN_WORKFLOW_HOST: '127.0.0.1',
      ATLAN_WORKFLOW_PORT: String(this.temporal.port),
    };
  }

  /** All that a stranger sets. */
  get neutralVariables(): Readonly<Record<string, string>> {
    return {
      TEMPORAL_ADDRESS: this.temporal.address,
      TEMPORAL_NAMESPACE: 'default',
      WORKER_AUTH_TOKEN_URL: this.oauth.tokenUrl,
      WORKER_AUTH_CLIENT_ID: this.oauth.clientId,
      WORKER_AUTH_CLIENT_SECRET: this.oauth.clientSecret,
    };
  }

  get daprVariables(): Readonly<Record<string, string>> {
    return { DAPR_HTTP_ENDPOINT: this.dapr.url, DAPR_API_TOKEN: 'sidecar-token' };
  }

  get credentials(): { readonly clientId: string; readonly clientSecret: string } {
    const { clientId, clientSecret } = this.oauth;
    return { clientId, clientSecret };
  }

  /** The same under the names of the stores. */
  get secret(): Readonly<Record<string, string>> {
    return credentialsOf(this.oauth);
  }

  /** The form fields of the last token request. */
  get requested(): ReadonlyMap<string, string> {
    return new Map(this.oauth.tokenRequests.at(-1)?.form);
  }

  accepts(token: string | undefined): boolean {
    const given = this.tokens();
    return token === undefined ? given.length === 0 : given.includes(token);
  }

  /**
   * What arrived, for a comparison: the methods that passed, and what was rejected or did not carry a token of the source.
   *
   * @param bareCalls the methods that are tried without a token too
   */
  verdict(bareCalls: readonly string[] = []): {
    readonly passed: ReadonlySet<string>;
    readonly wrong: readonly string[];
  } {
    const given = this.tokens().map(tokenFingerprint);
    const isRight = (fingerprint: string | undefined): boolean =>
      given.length === 0 ? fingerprint === undefined : given.includes(String(fingerprint));
    const { calls } = this.temporal;
    const wrong = calls.filter(
      (call) =>
        !(call.token === undefined && bareCalls.includes(call.method)) &&
        (call.verdict === 'rejected' || !isRight(call.token?.fingerprint)),
    );
    return {
      passed: new Set(calls.filter(({ verdict }) => verdict === 'passed').map(({ method }) => method)),
      wrong: [
        ...wrong.map(({ method, token, reason }) => `${method} ${token?.fingerprint} ${reason}`),
        ...this.arrivedElsewhere.filter((token) => !this.tokens().includes(token)).map(tokenFingerprint),
      ],
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

function credentialsOf({ clientId, clientSecret }: MockOAuthServer): Record<string, string> {
  return { postgres_extraction_client_id: clientId, postgres_extraction_client_secret: clientSecret };
}
