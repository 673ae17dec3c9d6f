import { Connection } from '@temporalio/client';
import { FakeClock, FakeTemporalFrontend } from '@worker-auth/testing-fakes';
import type { GetTokenOptions } from '@worker-auth/token-manager';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { authInterceptor } from '../../src/connection/auth-interceptor.ts';
import { quickRetries } from '../support/call-scene.ts';

// A balancer gives each call to the other one of two frontends; the key set of one is old.

let clock: FakeClock;
let temporal: FakeTemporalFrontend;
let calls: number;
/** Which tokens both frontends know. */
let known: readonly string[];
/** How many tokens were asked for, beside the first. */
let current: number;
let isGiving: boolean;
let connection: Connection;

const tokens = {
  peek: () => `token-${current}`,
  getToken: ({ rejectedToken }: GetTokenOptions = {}) => {
    if (rejectedToken === tokens.peek() && !isGiving) return Promise.reject(new Error('none'));
    if (rejectedToken === tokens.peek()) current++;
    return Promise.resolve(tokens.peek());
  },
  subscribe: () => () => undefined,
};

beforeEach(async () => {
  [clock, calls, known, current, isGiving] = [new FakeClock(), 0, [], 0, true];
  temporal = await FakeTemporalFrontend.start({
    acceptToken: (token = '') => calls++ % 2 === 0 || known.includes(token),
  });
  connection = Connection.lazy({
    address: `127.0.0.1:${temporal.port}`,
    tls: false,
    interceptors: [quickRetries(), authInterceptor(tokens, { clock })],
  });
});

afterEach(async () => {
  await connection.close();
  await temporal.stop();
});

function ask(): Promise<unknown> {
  return connection.workflowService.describeNamespace({ namespace: 'default' });
}

it.each([true, false])('no call is rejected for good for 20 s, where there are others: %s', async (given) => {
  isGiving = given;
  await ask();
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 500) {
    await clock.advance(500);
    await Promise.all([ask(), ask(), ask()]);
  }
  expect(calls).toBeGreaterThan(121);
  // Each would have to age in its turn.
  expect(current).toBeLessThan(3);
});

it.each([[[]], [['token-0']]])(
  'one call after the other: few tokens are asked for, where both know %j',
  async (both) => {
    known = both;
    await ask();
    // The key of the next ones is new.
    current = known.length;
    for (let call = 0; call < 100; call++) {
      await clock.advance(500);
      await ask();
    }
    expect(current - known.length).toBeLessThan(2);
  },
);
