import { FakeClock, MockOAuthServer, RecordingLogger, tokenSourceContract } from '@worker-auth/testing-fakes';
import { describe, it } from 'vitest';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { authOptions } from '@worker-auth/calls/tests/auth-options';

describe('AtlanAuthClient, as every token source,', () => {
  const cases = tokenSourceContract({
    create: async () => {
      const clock = new FakeClock({ wallMs: Date.now() });
      const server = await MockOAuthServer.start({ signingAlg: 'ES256', lifetimeSeconds: 3_600, clock });
      const source = new AtlanAuthClient({
        ...authOptions(server),
        clock,
        logger: new RecordingLogger(),
      });
      return {
        source,
        requests: () => server.tokenRequests.length,
        expireToken: () => clock.advance(3_600_000),
        failRequests: () => {
          server.failWith('unavailable503');
        },
        dispose: async () => {
          await source.stop();
          await server.stop();
        },
      };
    },
  });
  for (const contractCase of cases) it(contractCase.name, () => contractCase.run());
});
