import { expect, it, vi } from 'vitest';
import { openScene, rejectionOf } from './support.ts';

it('loads what it needs for a request again after that has failed once', async () => {
  const shortage = new Error('EMFILE: too many open files');
  let loads = 0;
  vi.doMock('../src/request/token-endpoint.ts', async (original) => {
    if (loads++ === 0) throw shortage;
    return await original();
  });
  const { server, clock, tokens } = await openScene();
  await rejectionOf(tokens.getToken());
  await clock.advance(2_000);
  expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
  expect(loads).toBeGreaterThan(1);
});
