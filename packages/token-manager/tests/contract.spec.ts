import { tokenSourceContract } from '@worker-auth/testing-fakes';
import { describe, it } from 'vitest';
import { openScene } from './support.ts';

describe('TokenManager, as every token source,', () => {
  const cases = tokenSourceContract({
    canHold: true,
    canRecover: true,
    create: async () => {
      const { server, clock, tokens } = await openScene();
      return {
        source: tokens,
        requests: () => server.tokenRequests.length,
        expireToken: () => clock.advance(3_600_000),
        failRequests: () => {
          server.failWith('unavailable503');
        },
        recoverRequests: async () => {
          server.recover();
          await clock.advance(600_000);
        },
        holdRequests: () => server.hold(),
      };
    },
  });
  for (const contractCase of cases) it(contractCase.name, () => contractCase.run());
});
