import type { MockOAuthServerOptions } from '@worker-auth/testing-fakes';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../src/errors.ts';
import type { TokenManagerOptions } from '../src/options.ts';
import { privateKeyJwt } from '../src/private-key-jwt.ts';
import { openScene } from './support.ts';

const hour = 3_600_000;

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });

const ways: readonly [number, string, Partial<TokenManagerOptions>, MockOAuthServerOptions][] = [
  [12, 'a secret', {}, {}],
  // Not by `node:http`, as requests to this host go otherwise.
  [3, 'the fetch of the host', { fetch: (url, init) => fetch(url, init) }, {}],
  [
    3,
    'an assertion that is signed',
    {
      ...{ credentials: { clientId: 'worker' }, clientAssertion: privateKeyJwt({ key: privateKey }) },
      assertionAudience: 'token-endpoint',
    },
    { acceptAssertion: () => true },
  ],
];

describe('hours in one step of the fake clock', () => {
  it.each(ways)(
    '%i h are a refresh each 270 s, and no time-out, with %s',
    async (hours, _way, options, serverOptions) => {
      const { server, clock, tokens } = await openScene(options, { lifetimeSeconds: 300, ...serverOptions });
      const problems: unknown[] = [];
      tokens.on('refreshFailed', (event) => problems.push(event));
      tokens.on('tokenExpired', (event) => problems.push(event));
      tokens.start();
      await tokens.getToken();
      await clock.advance(hours * hour);
      expect(problems).toEqual([]);
      expect(server.issuedTokens).toHaveLength((hours * hour) / 270_000 + 1);
      expect(tokens.peek()).toBe(server.issuedTokens.at(-1));
    },
  );

  it('have the rejections of an outage, with their waits, and a token as soon as it is over', async () => {
    const { server, clock, tokens } = await openScene({}, { lifetimeSeconds: 300 });
    const errors: unknown[] = [];
    tokens.on('refreshFailed', ({ error }) => errors.push(error));
    tokens.start();
    await tokens.getToken();
    server.failWith('unavailable503');
    await clock.advance(600_000);
    expect(errors.length).toBeGreaterThan(10);
    for (const error of errors) expect(error).toMatchObject({ code: TokenManagerErrorCode.unavailable });
    server.recover();
    await clock.advance(20_000);
    expect(tokens.peek()).toBe(server.issuedTokens[1]);
  });
});

it.each([
  [9_999, true],
  [10_001, false],
])(
  'the deadline of a request is 10 s by the clock: a response after %i ms is taken: %s',
  async (delayMs, isTaken) => {
    const { server, clock, tokens } = await openScene();
    server.injectFault({ delayMs });
    tokens.start();
    await clock.advance(10_000);
    expect(tokens.peek() !== undefined).toBe(isTaken);
    const timedOut = expect.objectContaining({ code: TokenManagerErrorCode.timedOut }) as unknown;
    expect(tokens.lastError).toEqual(isTaken ? undefined : timedOut);
  },
);
