import { tokenSourceContract } from '@worker-auth/testing-fakes';
import { describe, it } from 'vitest';
import { openScene } from './support.ts';

describe('TokenManager, as every token source,', () => {
  const cases = tokenSourceContract({
    create: async () => {
      const { server, clock, tokens } = await openScene();
      return {
        source: tokens,
        requests: () => server.tokenRequests.length,
        expireToken: () => clock.advance(3_600_000),
        failRequests: () => {
          server.failWith('unavailable503');
        },
      };
    },
  });
  for (const contractCase of cases) it(contractCase.name, () => contractCase.run());
});
