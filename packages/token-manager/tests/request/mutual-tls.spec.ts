import {
  FakeClock,
  type MockOAuthServer,
  type TestCertificates,
  testClientCertificate,
} from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import type { TokenManagerOptions } from '../../src/options.ts';
import { TokenManager } from '../../src/tokens/token-manager.ts';
import { fetchBy } from '../certified-fetch.ts';
import { rejectionOf, startServer } from '../support.ts';

const identity = { sanUri: 'spiffe://example.org/ns/apps/sa/worker' };

function managerOf(
  server: MockOAuthServer,
  current: () => TestCertificates,
  options: Partial<TokenManagerOptions> = {},
): TokenManager {
  return new TokenManager({
    issuer: server.issuer,
    credentials: { clientId: 'worker' },
    clientAuth: 'tls_client_auth',
    fetch: fetchBy(current),
    ...options,
  });
}

it('tls_client_auth at a server that asks for certificates is rejected as a client by the certificate of another, until there is its own', async () => {
  const clock = new FakeClock();
  const clients = [{ clientId: 'worker', tlsClientAuth: identity }];
  const server = await startServer({ tls: true, clients, clock });
  let certificate = testClientCertificate({ sanUri: 'spiffe://example.org/other' });
  await using tokens = managerOf(server, () => certificate, { clock });
  expect(await rejectionOf(tokens.getToken())).toMatchObject({
    code: TokenManagerErrorCode.clientRejected,
    oauthError: 'invalid_client',
    status: 401,
  });
  certificate = testClientCertificate(identity);
  await clock.advance(20_000);
  expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
});
