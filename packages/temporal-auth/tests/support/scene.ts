import {
  FakeClock,
  FakeTemporalFrontend,
  type FakeTemporalFrontendOptions,
  MockOAuthServer,
  RecordingLogger,
  tokenFingerprint,
} from '@worker-auth/testing-fakes';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { retirePort } from './retire-port.ts';
import type { TemporalWorkflowClientOptions } from '../../src/settings/temporal-options.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';

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

/** Goes on by half seconds until the condition holds. */
export async function passUntil(
  scene: Pick<Scene, 'clock' | 'log'>,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let step = 0; !(await condition()); step++) {
    if (step > 2_000) throw new Error(`It did not come to that:\n${scene.log.text()}`);
    await scene.clock.advance(500);
    await letOthersRun();
  }
}

/**
 * Lets what knows nothing of the clock go on: a probe is a real request, and a worker has threads of its own. By turns, since on a busy machine
 * others run only between them.
 */
async function letOthersRun(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Lets time pass until `promise` is settled, half a second at a time, and gives what it came to. */
export async function settled<T>(scene: Pick<Scene, 'clock' | 'log'>, promise: Promise<T>): Promise<T> {
  let isOver = false;
  const end = (): void => void (isOver = true);
  promise.then(end, end);
  await passUntil(scene, () => isOver);
  return promise;
}
