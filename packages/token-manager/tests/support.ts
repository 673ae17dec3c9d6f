import { FakeClock, MockOAuthServer, type MockOAuthServerOptions } from '@worker-auth/testing-fakes';
import { onTestFinished } from 'vitest';
import type { ClientAssertionContext } from '../src/credentials/client-auth.ts';
import type { TokenManagerOptions } from '../src/options.ts';
import { TokenManager } from '../src/tokens/token-manager.ts';

/** A token manager, its server and its clock, of one test. */
export interface Scene {
  readonly server: MockOAuthServer;
  readonly clock: FakeClock;
  readonly tokens: TokenManager;
}

/** What an assertion is asked with. */
export const assertionContext: ClientAssertionContext = {
  ...{ clientId: 'worker', tokenUrl: 'https://issuer.example/token', issuer: undefined },
  ...{ audience: 'https://issuer.example', rejectedAssertion: undefined },
  signal: new AbortController().signal,
};

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
