import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { fetchTokens } from '../support/fetched-tokens.ts';
import { rejection } from '../support/scene.ts';

describe('AtlanAuthClient', () => {
  it('tells of its token under the names of the source document', async () => {
    const { options, clock } = fetchTokens();
    await using client = new AtlanAuthClient(options);
    expect([client.getApplicationName(), client.isAuthEnabled()]).toEqual(['orders', true]);
    expect([client.isTokenValid(), client.health().state]).toEqual([false, 'missing']);
    expect(await client.getAccessToken()).toBe('token-1');
    expect(await client.getAuthenticatedHeaders()).toEqual({ authorization: 'Bearer token-1' });
    expect([client.isTokenValid(), client.getTimeUntilExpiry()]).toEqual([true, 3_600_000]);
    expect(client.getTokenExpiryTime()).toEqual(new Date(clock.wallNow() + 3_600_000));
    expect([client.health().credentialsSource, client.health().state]).toEqual(['the test', 'valid']);
    expect(await client.refreshToken()).toBe('token-2');
    expect([await client.getToken(), client.peek()]).toEqual(['token-2', 'token-2']);
    client.clearCache();
    expect(client.peek()).toBeUndefined();
  });

  it('waits for a token no longer than its caller, whatever is asked', async () => {
    const { options } = fetchTokens();
    await using client = new AtlanAuthClient(options);
    const gone = new Error('gone');
    const signal = AbortSignal.abort(gone);
    const asked = [
      client.getAccessToken({ signal }),
      client.getToken({ signal }),
      client.getAuthenticatedHeaders({ signal }),
      client.refreshToken({ signal }),
    ];
    expect(await Promise.all(asked.map(rejection))).toEqual([gone, gone, gone, gone]);
  });

  it('keeps its token fresh from start() to stop(), and tells of each', async () => {
    const { options, clock } = fetchTokens();
    await using client = new AtlanAuthClient(options);
    const told: unknown[] = [];
    const leave = client.subscribe((token) => told.push(token));
    const end = client.on('tokenRefreshed', ({ tokenNumber }) => told.push(tokenNumber));
    expect(client.health().refreshInMs).toBeUndefined();
    await client.start();
    await clock.advance(0);
    expect(client.health().refreshInMs).toBeGreaterThan(0);
    expect(told).toHaveLength(2);
    leave();
    end();
    await clock.advance(3_600_000);
    expect(told).toHaveLength(2);
    await client.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('has nothing where authentication is off', async () => {
    await using client = new AtlanAuthClient({ applicationName: 'orders', authEnabled: false, env: {} });
    await client.start();
    client.clearCache();
    expect([await client.getAccessToken(), await client.refreshToken(), client.peek()]).toEqual([
      ...[undefined, undefined, undefined],
    ]);
    expect(await client.getAuthenticatedHeaders()).toEqual({});
    expect(await rejection(client.getToken())).toBeInstanceOf(ConfigurationError);
    expect([client.getTokenExpiryTime(), client.getTimeUntilExpiry()]).toEqual([undefined, undefined]);
    expect([client.health().refreshInMs, client.health().credentialsSource]).toEqual([undefined, undefined]);
    expect([client.isAuthEnabled(), client.isTokenValid(), client.health().state]).toEqual([
      false,
      false,
      'off',
    ]);
    for (const leave of [client.subscribe(() => undefined), client.on('tokenExpired', () => undefined)]) {
      expect(leave).not.toThrow();
    }
  });
});
