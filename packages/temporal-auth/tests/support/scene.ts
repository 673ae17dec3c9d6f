import {
  FakeClock,
  FakeTemporalFrontend,
  type FakeTemporalFrontendOptions,
  MockOAuthServer,
  RecordingLogger,
  tokenFingerprint,
} from '@worker-auth/testing-fakes';
import { authOptions } from './auth-options.ts';
import { TemporalWorkflowClient, type TemporalWorkflowClientOptions } from '../../src/index.ts';

/** An OAuth server and a Temporal of our own, with tokens that live an hour by the clock of the scene. */
export interface Scene extends AsyncDisposable {
  readonly oauth: MockOAuthServer;
  readonly temporal: FakeTemporalFrontend;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  /** The fingerprints of the tokens that were issued, in order. */
  issuedFingerprints(): string[];
  /** Makes a client of these servers, with these options over the ordinary ones. */
  createClient(options?: Partial<TemporalWorkflowClientOptions>): TemporalWorkflowClient;
}

/**
 * Starts the servers; they and every client that was made end with the scene. Temporal takes the tokens that were issued, unless the
 * options say otherwise.
 */
export async function openScene(options: FakeTemporalFrontendOptions = {}): Promise<Scene> {
  await using started = new AsyncDisposableStack();
  const clock = new FakeClock({ wallMs: Date.now() });
  const oauth = started.use(await MockOAuthServer.start({ lifetimeSeconds: 3_600, clock }));
  const temporal = started.use(
    await FakeTemporalFrontend.start({
      namespaces: ['default', 'extraction'],
      acceptToken: (token) => oauth.issuedTokens.includes(token ?? ''),
      ...options,
    }),
  );
  const log = new RecordingLogger();
  const resources = started.move();
  return {
    oauth,
    temporal,
    clock,
    log,
    issuedFingerprints: () => oauth.issuedTokens.map((token) => tokenFingerprint(token)),
    createClient: ({ token, ...others } = {}) => {
      const client = new TemporalWorkflowClient({
        ...authOptions(oauth),
        host: '127.0.0.1',
        port: temporal.port,
        logger: log,
        token: { clock, random: () => 0, ...token },
        ...others,
      });
      resources.defer(() => client.close().catch(() => undefined));
      return client;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Whether a promise is settled by now. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  const next = new Promise((resolve) => setImmediate(resolve, open));
  return (await Promise.race([promise.catch(() => undefined), next])) !== open;
}

/** What a promise rejects with. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`It resolved to ${String(value)}`);
    },
    (error: unknown) => error,
  );
}
