import { FakeClock, MockOAuthServer, type MockOAuthServerOptions } from '@worker-auth/testing-fakes';
import { onTestFinished } from 'vitest';
import type { TokenManagerOptions } from '../src/options.ts';
import { TokenManager } from '../src/token-manager.ts';

/** A token manager, its server and its clock, of one test. */
export interface Scene {
  readonly server: MockOAuthServer;
  readonly clock: FakeClock;
  readonly tokens: TokenManager;
}

/** A server of its own for the test that calls. */
export async function startServer(options?: MockOAuthServerOptions): Promise<MockOAuthServer> {
  const server = await MockOAuthServer.start(options);
  onTestFinished(() => server.stop());
  return server;
}

/** A manager on a fake clock, without jitter and with the longest waits, for the test that calls. */
export async function openScene(
  options: Partial<TokenManagerOptions> = {},
  serverOptions: MockOAuthServerOptions = {},
): Promise<Scene> {
  const clock = new FakeClock();
  const server = await startServer({ clock, ...serverOptions });
  const tokens = new TokenManager({
    credentials: { clientId: server.clientId, clientSecret: server.clientSecret, source: 'the test' },
    ...(options.issuer === undefined && { tokenUrl: server.tokenUrl }),
    clock,
    random: () => 1,
    ...options,
  });
  onTestFinished(() => tokens.stop());
  return { server, clock, tokens };
}

/** A token whose response arrives after `ms`. */
export async function tokenAfter(ms: number, { server, clock, tokens }: Scene): Promise<string> {
  const release = server.hold();
  const arrived = server.nextRequest();
  const waiting = tokens.getToken();
  await arrived;
  await clock.advance(ms);
  release();
  return waiting;
}

/** What `promise` rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('The promise was fulfilled');
}

/** What `call` throws. */
export function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
}

/** As many calls as a busy worker makes at once. */
export function askTogether(
  tokens: TokenManager,
  options?: { readonly forceRefresh: boolean },
  callers = 1_000,
): Promise<PromiseSettledResult<string>[]> {
  return Promise.allSettled(Array.from({ length: callers }, () => tokens.getToken(options)));
}

/** The different outcomes of many calls: rejections by identity, so that 1 means "the same object for all". */
export function outcomesOf(results: readonly PromiseSettledResult<string>[]): readonly unknown[] {
  return [
    ...new Set(
      results.map((result): unknown => (result.status === 'fulfilled' ? result.value : result.reason)),
    ),
  ];
}
