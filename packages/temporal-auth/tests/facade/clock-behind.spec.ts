import { expect, it } from 'vitest';
import { openScene, settled } from '../support/scene.ts';

/** The claims of a token. */
function claimsOf(token = ''): { iat: number; exp: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as never;
}

it('a clock of Temporal that is a quarter of a life of a token behind rejects no call of a client', async () => {
  const behindMs = 75_000;
  await using scene = await openScene({
    acceptToken: (token) => {
      const { iat, exp } = claimsOf(token);
      const nowMs = scene.clock.wallNow() - behindMs;
      return iat * 1_000 <= nowMs && nowMs < exp * 1_000;
    },
  });
  scene.oauth.lifetimeSeconds = 300;
  const client = scene.createClient({ newTokenTimeoutMs: behindMs + 30_000 });
  await settled(scene, client.load());
  const failures: unknown[] = [];
  for (let second = 0; second < 900; second += 5) {
    const asked = client.client.workflowService.describeNamespace({ namespace: 'default' });
    await asked.catch((error: unknown) => failures.push(`${second} s: ${String(error)}`));
    await scene.clock.advance(5_000);
  }
  expect(failures).toEqual([]);
  expect(scene.oauth.issuedTokens.length).toBeGreaterThan(3);
});
