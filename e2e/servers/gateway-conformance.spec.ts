import {
  startAuthorizingTemporal,
  startTemporalDevServer,
  type TemporalDevServer,
} from '@worker-auth/servers';
import { type LoopbackServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, it } from 'vitest';
import type { Ending } from '../src/conformance/ask.ts';
import { compare, serveKeys, withdrawKey } from '../src/conformance/beside.ts';
import { tokenAudience as audience } from '../src/conformance/token-kinds.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';

const isRejected = ({ code, message }: Ending): boolean =>
  code === 12 || (code === 7 && message === 'Request unauthorized.');

await describeWith(
  ['temporal-cli', 'temporal-authorizer'],
  'the gateway, compared with Temporal’s authorizer',
  () => {
    let frontend: TemporalDevServer;
    let keyServer: LoopbackServer;
    beforeAll(async () => {
      [frontend, keyServer] = await Promise.all([startTemporalDevServer(), serveKeys()]);
    });
    afterAll(async () => {
      await Promise.all([frontend.stop(), keyServer.stop()]);
    });

    compare(
      async () =>
        await Promise.all([
          startAuthorizingTemporal({ audience, jwksUrl: keyServer.url }),
          TemporalAuthGateway.start({ audience, jwks: keyServer.url, upstream: frontend.address }),
        ]),
      isRejected,
    );

    it('forget a withdrawn key within the interval', () =>
      withdrawKey(
        async (jwks) =>
          await Promise.all([
            startAuthorizingTemporal({ jwksUrl: jwks, refreshInterval: '1s' }),
            TemporalAuthGateway.start({ upstream: frontend.address, jwks, keyRefreshMs: 1_000 }),
          ]),
        isRejected,
      ));
  },
);
