import { Connection } from '@temporalio/client';
import {
  FakeTemporalFrontend,
  type FakeStack,
  fakeStack,
  TemporalAuthGateway,
} from '@worker-auth/testing-fakes';
import { TokenManager } from '@worker-auth/token-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DemoFault, demoFaults } from '../src/demo/faults.ts';
import { faultOfCall } from '../src/faults/at-gateway.ts';

const longSeconds = 1_000;
const nothingOfOurs = { fakes: undefined, temporal: undefined, gateways: [], clock: { behindMs: 0 } };

describe('without servers of ours', () => {
  it('nothing can be broken, each for its reason', () => {
    const faults = demoFaults(nothingOfOurs, longSeconds);
    expect(faults.map(({ name, begin }) => [name, begin])).toEqual([
      ['stop-oauth', 'the tokens are not ours, or there are none'],
      ['rotate-secret', 'the tokens are not ours, or there are none'],
      ['revoke-tokens', 'the tokens are not ours, or there are none'],
      ['withdraw-key', 'the tokens are not ours, or there are none'],
      ['restart-temporal', 'Temporal is your own'],
      ['refuse', 'the tokens are not ours, or there are none'],
      ['one-frontend', 'the tokens are not ours, or there are none'],
      ['throttle', 'the tokens are not ours, or there are none'],
      ['clocks', 'the tokens are not ours, or there are none'],
    ]);
  });

  it('no fault lasts longer than it may, and its title says how long', () => {
    const seconds = (atMost: number): readonly number[] =>
      demoFaults(nothingOfOurs, atMost).map((fault) => fault.seconds);
    expect(seconds(longSeconds)).toEqual([30, 0, 0, 0, 5, 90, 40, 30, 40]);
    expect(seconds(20)).toEqual([20, 0, 0, 0, 5, 20, 20, 20, 20]);
    expect(demoFaults(nothingOfOurs, 20).map(({ title }) => title)).toContain('Refuse for 20 s');
  });
});

describe('with our own OAuth server and gateway', () => {
  let temporal: FakeTemporalFrontend;
  let fakes: FakeStack;
  let gateways: readonly TemporalAuthGateway[];
  const clock = { behindMs: 0 };
  let faults: readonly DemoFault[];
  let tokens: TokenManager;

  beforeEach(async () => {
    temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
    fakes = await fakeStack();
    const settings = { upstream: temporal.address, jwks: fakes.oauth.jwksUrl, keyRefreshMs: 1 };
    const wallNow = (): number => Date.now() - clock.behindMs;
    const start = () => TemporalAuthGateway.start({ ...settings, clock: { wallNow } });
    gateways = await Promise.all([start(), start()]);
    faults = demoFaults({ fakes, gateways, clock, temporal: undefined }, longSeconds);
    const { tokenUrl, clientId, clientSecret } = fakes.oauth;
    tokens = new TokenManager({ tokenUrl, credentials: { clientId, clientSecret } });
  });
  afterEach(async () => {
    await tokens.stop();
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await fakes.stop();
    await temporal.stop();
  });

  async function breakIt(name: string): Promise<() => unknown> {
    const begin = faults.find((fault) => fault.name === name)?.begin;
    if (typeof begin !== 'function') throw new Error(`${name} cannot begin`);
    return await begin();
  }

  /** @returns what Temporal says to the token, through each of the frontends; `either` when they differ */
  async function call(apiKey: string): Promise<string> {
    const [first, second] = await Promise.all(gateways.map((gateway) => callAt(gateway, apiKey)));
    return first === second && first !== undefined ? first : 'either';
  }

  async function callAt({ address }: TemporalAuthGateway, apiKey: string, isPoll = false): Promise<string> {
    const connection = Connection.lazy({ address, tls: false, apiKey });
    const { workflowService } = connection;
    try {
      if (isPoll) await workflowService.pollNexusTaskQueue({ namespace: 'default' });
      else await workflowService.describeNamespace({ namespace: 'default' });
      return 'passed';
    } catch (error) {
      return /RESOURCE_EXHAUSTED/.test(String(error)) ? 'throttled' : 'refused';
    } finally {
      await connection.close();
    }
  }

  it('refusing meets every token until it ends', async () => {
    const token = await tokens.getToken();
    expect(await call(token)).toBe('passed');
    const end = await breakIt('refuse');
    expect(await call(token)).toBe('refused');
    await end();
    expect(await call(token)).toBe('passed');
  });

  it('revoking meets the tokens that were issued before, used or not, and no later one; the end of a refusal does not heal them', async () => {
    const [used, unused] = [await tokens.getToken(), await tokens.getToken({ forceRefresh: true })];
    expect(await call(used)).toBe('passed');
    await breakIt('revoke-tokens');
    expect([await call(used), await call(unused)]).toEqual(['refused', 'refused']);
    expect(await call(await tokens.getToken({ forceRefresh: true }))).toBe('passed');
    const end = await breakIt('refuse');
    await end();
    expect(await call(used)).toBe('refused');
  });

  it('a withdrawn key meets the tokens that it signed, and no later one', async () => {
    const token = await tokens.getToken();
    expect(await call(token)).toBe('passed');
    await breakIt('withdraw-key');
    const next = await tokens.getToken({ forceRefresh: true });
    expect([await call(next), await call(token)]).toEqual(['passed', 'refused']);
  });

  it('the old secret is refused at once, and the sidecar has the new one', async () => {
    await breakIt('rotate-secret');
    await expect(tokens.getToken()).rejects.toMatchObject({ code: 'TOKEN_CLIENT_REJECTED' });
    const { clientId, clientSecret } = fakes.oauth;
    const secret = await fetch(
      `${fakes.dapr.url}/v1.0/secrets/deployment-secret-store/atlan-deployment-secrets`,
    );
    expect(await secret.json()).toEqual({
      postgres_extraction_client_id: clientId,
      postgres_extraction_client_secret: clientSecret,
    });
  });

  it('the OAuth server is away until it ends, and back on its port', async () => {
    const end = await breakIt('stop-oauth');
    await expect(fetch(fakes.oauth.jwksUrl)).rejects.toThrow();
    await end();
    expect((await fetch(fakes.oauth.jwksUrl)).status).toBe(200);
  });

  it('one frontend, the one that is polled, refuses until it ends, and the other accepts', async () => {
    const token = await tokens.getToken();
    const beginning = breakIt('one-frontend');
    await callAt(gateways[1] as TemporalAuthGateway, token, true);
    const end = await beginning;
    const each = () => Promise.all(gateways.map((gateway) => callAt(gateway, token)));
    expect(await each()).toEqual(['passed', 'refused']);
    await end();
    expect(await each()).toEqual(['passed', 'passed']);
  });

  it('throttling meets every other call of workers, and those of clients not', async () => {
    const token = await tokens.getToken();
    const end = await breakIt('throttle');
    const [gateway] = gateways as [TemporalAuthGateway];
    const seen: (string | undefined)[] = [];
    gateway.subscribe(() => seen.push(faultOfCall(gateway)));
    for (let poll = 0; poll < 2; poll++) await callAt(gateway, token, true);
    expect(await call(token)).toBe('passed');
    await end();
    expect(seen).toContain('throttled');
    expect(seen.at(-1)).toBeUndefined();
  });

  it('clocks 3 s apart meet a token until it is old enough', async () => {
    const end = await breakIt('clocks');
    const token = await tokens.getToken();
    expect(await call(token)).toBe('refused');
    await expect.poll(() => call(token), { timeout: 30_000 }).toBe('passed');
    await end();
    expect(clock.behindMs).toBe(0);
  });
});
