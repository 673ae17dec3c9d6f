import { Connection } from '@temporalio/client';
import { FakeClock, FakeTemporalFrontend } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { authInterceptor } from '../../src/connection/auth-interceptor.ts';
import { quickRetries } from '../support/call-scene.ts';

// A balancer gives each call to the other one of two frontends; the key set of one is old, and no token that it knows is at hand.

it.each(['another', 'no other'])(
  'no call is refused for good for 20 s, where the source gives %s token',
  async (which) => {
    const clock = new FakeClock();
    let calls = 0;
    await using temporal = await FakeTemporalFrontend.start({ acceptToken: () => calls++ % 2 === 0 });
    let current = 0;
    const tokens = {
      peek: () => `token-${current}`,
      getToken: ({ rejectedToken }: { readonly rejectedToken?: string | undefined } = {}) => {
        if (rejectedToken === tokens.peek() && which === 'no other') return Promise.reject(new Error('none'));
        if (rejectedToken === tokens.peek()) current++;
        return Promise.resolve(tokens.peek());
      },
      subscribe: () => () => undefined,
    };
    const connection = Connection.lazy({
      address: `127.0.0.1:${temporal.port}`,
      tls: false,
      interceptors: [quickRetries(), authInterceptor(tokens, { clock })],
    });
    const ask = (): Promise<unknown> =>
      connection.workflowService.describeNamespace({ namespace: 'default' });
    await ask();
    for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 500) {
      await clock.advance(500);
      await Promise.all([ask(), ask(), ask()]);
    }
    await connection.close();
    expect(calls).toBeGreaterThan(121);
    // Each would have to age in its turn.
    expect(current).toBeLessThan(3);
  },
);
