import { startEnvoy, startTemporalDevServer, type TemporalDevServer } from '@worker-auth/servers';
import { type LoopbackServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, it } from 'vitest';
import type { Ending } from '../src/conformance/ask.ts';
import { compare, serveKeys, withdrawKey } from '../src/conformance/beside.ts';
import { tokenAudience as audience, tokenIssuer as issuer } from '../src/conformance/token-kinds.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';

const speaks = 'envoy';
const isRejected = ({ message = '' }: Ending): boolean => /^(?:Jwt|Jwks|Audiences in Jwt) /.test(message);

await describeWith(['temporal-cli', 'envoy'], 'the gateway, compared with Envoy', () => {
  let frontend: TemporalDevServer;
  let keyServer: LoopbackServer;
  beforeAll(async () => {
    [frontend, keyServer] = await Promise.all([startTemporalDevServer(), serveKeys()]);
  });
  afterAll(async () => {
    await Promise.all([frontend.stop(), keyServer.stop()]);
  });

  compare(async () => {
    const options = { upstream: frontend.address, audience, issuer };
    return await Promise.all([
      startEnvoy({ ...options, jwksUrl: keyServer.url }),
      TemporalAuthGateway.start({ ...options, jwks: keyServer.url, speaks }),
    ]);
  }, isRejected);

  it('forget a withdrawn key within the interval', () =>
    withdrawKey(async (jwks) => {
      const { address: upstream } = frontend;
      return await Promise.all([
        startEnvoy({ upstream, jwksUrl: jwks, jwksCacheSeconds: 1 }),
        TemporalAuthGateway.start({ upstream, jwks, keyRefreshMs: 1_000, speaks }),
      ]);
    }, isRejected));
});
