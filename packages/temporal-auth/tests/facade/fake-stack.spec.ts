import { discoverCredentials } from '@worker-auth/secret-store';
import { FakeClock, fakeStack, RecordingLogger } from '@worker-auth/testing-fakes';
import { TokenManager } from '@worker-auth/token-manager';
import { describe, expect, it } from 'vitest';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';

describe('AtlanAuthClient with the environment of fakeStack', () => {
  it('finds the credentials in the sidecar, and gets a token with them', async () => {
    await using stack = await fakeStack({ dapr: { apiToken: 'the-token' } });
    const logger = new RecordingLogger();
    const { applicationName, env, oauth } = stack;
    await using client = new AtlanAuthClient({ applicationName, env, logger });
    expect(await client.getToken()).toBe(oauth.issuedTokens[0]);
    expect(stack.dapr.requestsTo('/secrets/')).toMatchObject([{ status: 200 }]);
  });

  it('gets another token after the secret was rotated at both ends', async () => {
    await using stack = await fakeStack();
    const { applicationName, env, oauth } = stack;
    await using client = new AtlanAuthClient({ applicationName, env, logger: new RecordingLogger() });
    await client.getToken();
    stack.rotateClientSecret();
    expect(await client.refreshToken()).toBe(oauth.issuedTokens[1]);
  });
});

describe('TemporalWorkflowClient with the environment of fakeStack', () => {
  it('connects to the Temporal in memory with the token of the OAuth server', async () => {
    await using stack = await fakeStack({ frontend: true });
    const { applicationName, env, oauth, frontend } = stack;
    await using client = new TemporalWorkflowClient({ applicationName, env, logger: new RecordingLogger() });
    await client.load();
    expect(oauth.issuedTokens).toHaveLength(1);
    expect(frontend?.calls.map(({ verdict }) => verdict)).not.toContain('rejected');
  });
});

describe('TokenManager over discoverCredentials with the environment of fakeStack', () => {
  it('refreshes through a day in one step of the clock, and over a rotated secret', async () => {
    const clock = new FakeClock();
    await using stack = await fakeStack({ clock, oauth: { lifetimeSeconds: 300 } });
    const { applicationName, env, oauth } = stack;
    const credentials = discoverCredentials({ applicationName, env, clock });
    await using tokens = new TokenManager({ credentials, tokenUrl: oauth.tokenUrl, clock });
    let rejected = 0;
    tokens.on('credentialsRejected', () => rejected++);
    tokens.start();
    await clock.advance(12 * 3_600_000);
    stack.rotateClientSecret();
    await clock.advance(12 * 3_600_000);
    expect(rejected).toBe(1);
    expect(tokens.lastError).toBeUndefined();
    expect(oauth.issuedTokens.length).toBeGreaterThan(300);
    expect(tokens.peek()).toBe(oauth.issuedTokens.at(-1));
  });
});
