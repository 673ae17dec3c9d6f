import { FakeClock, MockOAuthServer, tokenSourceContract } from '@worker-auth/testing-fakes';
import { describe, it } from 'vitest';
import { AtlanAuthClient } from '../../src/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';

describe('AtlanAuthClient, as every token source,', () => {
  const cases = tokenSourceContract({
    create: async () => {
      const clock = new FakeClock({ wallMs: Date.now() });
      const server = await MockOAuthServer.start({ lifetimeSeconds: 3_600, clock });
      const source = new AtlanAuthClient({
        applicationName: 'contract',
        authEnabled: true,
        authUrl: server.tokenUrl,
        clientId: server.clientId,
        clientSecret: server.clientSecret,
        token: { clock },
        env: {},
        logger: recordingLogger().logger,
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
