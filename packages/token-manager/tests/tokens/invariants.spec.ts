import { FakeClock } from '@worker-auth/testing-fakes';
import { worlds } from '@worker-auth/workspace/worlds';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { TokenManager } from '../../src/tokens/token-manager.ts';

/** A token endpoint in this process that counts how many requests it serves at the same time. */
class CountingEndpoint {
  isFailing = false;
  inFlight = 0;
  mostInFlight = 0;
  requests = 0;

  readonly fetch = async (_url: string, { signal }: RequestInit): Promise<Response> => {
    this.requests++;
    this.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    const number = this.requests;
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
    try {
      await Promise.race([aborted, new Promise((resolve) => setImmediate(resolve))]);
    } finally {
      this.inFlight--;
    }
    if (this.isFailing) return new Response('', { status: 503 });
    return Response.json({ access_token: `token-${number}`, token_type: 'Bearer', expires_in: 60 });
  };
}

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), forceRefresh: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 70_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('invalidate' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), isFailing: fc.boolean() }) },
);

it('whatever callers do, one request is in flight at most, none after stop, and only the budget keeps a token', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 15 }),
      fc.boolean(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (actions, isStarted, chance) => {
        const clock = new FakeClock();
        const endpoint = new CountingEndpoint();
        const tokens = new TokenManager({
          credentials: { clientId: 'a', clientSecret: 'b' },
          tokenUrl: 'https://issuer.example/token',
          clock,
          random: () => chance,
          fetch: endpoint.fetch,
        });
        if (isStarted) tokens.start();
        const calls: Promise<unknown>[] = [];
        for (const step of actions) {
          if (step.kind === 'get') calls.push(tokens.getToken(step).catch((error: unknown) => error));
          else if (step.kind === 'advance') await clock.advance(step.ms);
          else if (step.kind === 'invalidate') {
            tokens.invalidate();
            const kept = tokens.peek();
            if (kept === undefined || tokens.retryInMs !== undefined) continue;
            const other = tokens.getToken({ rejectedToken: kept });
            await expect(other).rejects.toMatchObject({ code: 'TOKEN_REQUEST_LIMITED' });
          } else endpoint.isFailing = step.isFailing;
        }
        await tokens.stop();
        await Promise.all(calls);
        const requestsAtStop = endpoint.requests;
        await clock.advance(3_600_000);
        expect(endpoint.mostInFlight).toBeLessThanOrEqual(1);
        expect(clock.pendingTimers).toBe(0);
        expect([endpoint.requests, endpoint.inFlight]).toEqual([requestsAtStop, 0]);
      },
    ),
    worlds(200, 2_000),
  );
});
