import { MockOAuthServer, type OAuthFaultName } from '@worker-auth/testing-fakes';
import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { expect, it, onTestFinished } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { TokenManager } from '../src/token-manager.ts';

const durationMs = 300_000;
const servers = 8;
const callers = 50;
const lifetimeSeconds = 20;

/** A second of a server: one of eight faults, or, one time in four, none. */
const faults: readonly OAuthFaultName[] = [
  ...(['unavailable503', 'serverError500', 'throttled429', 'unauthorized401'] as const),
  ...(['html200', 'truncatedJson', 'connectionReset', 'neverAnswers'] as const),
];
const wellShare = 0.25;

/** What fifty callers of one server have seen. */
interface Seen {
  readonly withoutShare: number;
  readonly expired: number;
  readonly requests: number;
}

async function callersOf(seed: number, endsAt: number): Promise<Seen> {
  const random = seededRandom(seed);
  const server = await MockOAuthServer.start({ lifetimeSeconds });
  onTestFinished(() => server.stop());
  const { tokenUrl, clientId, clientSecret } = server;
  const tokens = new TokenManager({ tokenUrl, credentials: { clientId, clientSecret } });
  onTestFinished(() => tokens.stop());
  tokens.start();

  const isOver = (): boolean => performance.now() >= endsAt;
  const faultEachSecond = async (): Promise<void> => {
    while (!isOver()) {
      const isWell = random() < wellShare;
      const fault = faults[Math.floor(random() * faults.length)];
      if (isWell || fault === undefined) server.recover();
      else server.failWith(fault);
      await sleep(1_000);
    }
  };
  let looks = 0;
  let without = 0;
  let expired = 0;
  const call = async (): Promise<void> => {
    while (!isOver()) {
      const token = await tokens.getToken({ signal: AbortSignal.timeout(100) }).catch(() => undefined);
      looks++;
      if (token === undefined) without++;
      else if (expiryMs(token) <= Date.now()) expired++;
      await sleep(100);
    }
  };
  await Promise.all([faultEachSecond(), ...Array.from({ length: callers }, call)]);
  return { withoutShare: without / looks, expired, requests: server.tokenRequests.length };
}

it(
  'callers of servers with another fault each second have a token at least 45 % of the time',
  async () => {
    const endsAt = performance.now() + durationMs;
    const all = await Promise.all(
      Array.from({ length: servers }, (_, index) => callersOf(index + 1, endsAt)),
    );

    const shares = all.map(({ withoutShare }) => withoutShare);
    const mean = shares.reduce((sum, share) => sum + share, 0) / servers;
    const percent = shares.map((share) => (100 * share).toFixed(1)).join(', ');
    const requests = all.map((seen) => seen.requests).join(', ');
    console.log(`without a token ${percent} %, mean ${(100 * mean).toFixed(1)} %, requests ${requests}`);
    expect(all.map(({ expired }) => expired)).toEqual(Array.from({ length: servers }, () => 0));
    expect(mean).toBeLessThanOrEqual(0.55);
  },
  durationMs + 60_000,
);

function expiryMs(token: string): number {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(claims) as { readonly exp: number }).exp * 1_000;
}
