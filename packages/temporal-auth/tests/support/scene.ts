import {
  FakeClock,
  FakeTemporalFrontend,
  type FakeTemporalFrontendOptions,
  MockOAuthServer,
  RecordingLogger,
  tokenFingerprint,
} from '@worker-auth/testing-fakes';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { passUntil, settled } from '@worker-auth/calls/tests/pass-until';
import { retirePort } from './retire-port.ts';
import type { TemporalWorkflowClientOptions } from '../../src/settings/temporal-options.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';

export { passUntil, settled };
export { rejection } from '@worker-auth/calls/tests/rejection';

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
  /** The same, and loads it. */
  loadClient(options?: Partial<TemporalWorkflowClientOptions>): Promise<TemporalWorkflowClient>;
}

/**
 * Starts the servers; they and every client that was made end with the scene. Temporal takes the tokens that were issued and are
 * not over, unless the options say otherwise.
 */
export async function openScene(
  options: FakeTemporalFrontendOptions = {},
  lifetimeSeconds = 3_600,
): Promise<Scene> {
  await using started = new AsyncDisposableStack();
  const clock = new FakeClock({ wallMs: Date.now() });
  const oauth = started.use(await MockOAuthServer.start({ signingAlg: 'ES256', lifetimeSeconds, clock }));
  const temporal = started.use(
    await FakeTemporalFrontend.start({
      namespaces: ['default', 'extraction'],
      acceptToken: (token) => oauth.issuedTokens.includes(token ?? '') && clock.wallNow() < endOf(token),
      ...options,
    }),
  );
  const { port } = temporal;
  const log = new RecordingLogger();
  const resources = started.move();
  const createClient: Scene['createClient'] = (options = {}) => {
    const client = new TemporalWorkflowClient({
      ...authOptions(oauth),
      host: '127.0.0.1',
      port,
      logger: log,
      newTokenTimeoutMs: 0,
      ...{ clock, random: () => 0 },
      ...options,
    } as TemporalWorkflowClientOptions);
    resources.defer(() => settled({ clock, log }, client.close()).catch(() => undefined));
    return client;
  };
  return {
    oauth,
    temporal,
    clock,
    log,
    issuedFingerprints: () => oauth.issuedTokens.map((token) => tokenFingerprint(token)),
    createClient,
    loadClient: async (options) => {
      const client = createClient(options);
      await client.load();
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      await resources.disposeAsync();
      await retirePort(port);
    },
  };
}

/** When a token is over, in milliseconds since the epoch. */
function endOf(token = ''): number {
  const [, claims = ''] = token.split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number }).exp * 1_000;
}

/** Whether a promise is settled by now. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  const next = new Promise((resolve) => setImmediate(resolve, open));
  return (await Promise.race([promise.catch(() => undefined), next])) !== open;
}
