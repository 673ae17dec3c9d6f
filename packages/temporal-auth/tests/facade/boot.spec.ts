import { describe, expect, it } from 'vitest';
import { openScene, passUntil, rejection, settled } from '../support/scene.ts';

describe('load() while something is not up yet', () => {
  it('goes on trying until the OAuth server gives a token', async () => {
    await using scene = await openScene();
    const client = scene.createClient({
      clock: scene.clock,
      random: () => 0.5,
    });
    scene.oauth.failWith('unavailable503');
    const loading = client.load();
    const waited = /Waiting for an access token \(.*503.*\), for \d+ s so far/;
    await passUntil(scene, () => scene.log.matching(waited).length > 0);
    expect(scene.oauth.tokenRequests.length).toBeGreaterThan(1);
    scene.oauth.recover();
    await settled(scene, loading);
    expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual(scene.issuedFingerprints());
  });

  it('goes on trying until Temporal answers, each time with a connection of its own', async () => {
    await using scene = await openScene();
    const client = scene.createClient({ connectTimeoutMs: 1_000 });
    scene.temporal.injectFault('neverAnswers', { times: 2 });
    await settled(scene, client.load());
    expect(scene.temporal.tokensOf('GetSystemInfo')).toHaveLength(3);
    expect(scene.log.text()).toContain(
      `Waiting for Temporal at 127.0.0.1:${scene.temporal.port} (Temporal at`,
    );
    await scene.temporal.until(() => scene.temporal.openConnections === 1);
  });

  it('gives up after bootTimeoutMs with the reason, and leaves nothing open', async () => {
    await using scene = await openScene();
    const client = scene.createClient({ connectTimeoutMs: 1_000, bootTimeoutMs: 5_000 });
    scene.temporal.failWith('neverAnswers');
    const begin = scene.clock.monotonicNow();
    const error = await settled(scene, rejection(client.load()));
    expect(error).toMatchObject({ kind: 'connectivity', code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE' });
    expect(scene.clock.monotonicNow() - begin).toBeLessThan(60_000);
    expect(scene.temporal.tokensOf('GetSystemInfo').length).toBeGreaterThan(2);
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });

  it('goes on trying until Temporal accepts the new token', async () => {
    await using scene = await openScene();
    const client = scene.createClient({ newTokenTimeoutMs: undefined });
    scene.temporal.failWith('permissionDenied');
    const loading = client.load();
    await passUntil(scene, () => scene.temporal.totals.rejected > 2);
    expect(scene.log.matching('Temporal rejects the token at the start')).toHaveLength(1);
    scene.temporal.recover();
    await settled(scene, loading);
    expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual(scene.issuedFingerprints());
    await scene.temporal.until(() => scene.temporal.openConnections === 1);
  });

  it('goes on with a token that ages, though another was asked for beside it', async () => {
    await using scene = await openScene();
    const client = scene.createClient({ newTokenTimeoutMs: undefined });
    const firstMs = new Map<string | undefined, number>();
    scene.temporal.failWith(({ token }) => {
      const nowMs = scene.clock.monotonicNow();
      const sinceMs = firstMs.get(token?.fingerprint) ?? nowMs;
      firstMs.set(token?.fingerprint, sinceMs);
      return nowMs - sinceMs < 13_000 ? 'permissionDenied' : undefined;
    });
    await settled(scene, client.load());
    expect(firstMs.size).toBe(2);
    expect(scene.temporal.tokensOf('DescribeNamespace').at(-1)).toBe(scene.issuedFingerprints()[0]);
  });

  it('gives up after newTokenTimeoutMs with the rejection, and leaves nothing open', async () => {
    await using scene = await openScene();
    const client = scene.createClient({ newTokenTimeoutMs: 5_000 });
    scene.temporal.failWith('permissionDenied');
    const begin = scene.clock.monotonicNow();
    const error = await settled(scene, rejection(client.load()));
    expect(error).toMatchObject({ kind: 'authentication', code: 'TEMPORAL_AUTH_CALL_REJECTED' });
    expect(scene.clock.monotonicNow() - begin).toBeLessThan(60_000);
    expect(scene.temporal.totals.rejected).toBeGreaterThan(2);
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });

  it('waits no longer than bootTimeoutMs for a sidecar, and says what is not there and what to set', async () => {
    await using scene = await openScene();
    const client = scene.createClient({
      ...{ bootTimeoutMs: 3_000, clientId: undefined, clientSecret: undefined },
      env: { DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:9' },
    });
    const begin = scene.clock.monotonicNow();
    const error = await settled(scene, rejection(client.load()));
    expect(scene.clock.monotonicNow() - begin).toBeLessThanOrEqual(3_500);
    expect(error).toMatchObject({ kind: 'connectivity', code: 'SECRET_STORE_SIDECAR_UNAVAILABLE' });
    expect(String(error)).toMatch(/No Dapr sidecar was ready.+ECONNREFUSED[^]+Set the environment variables/);
  });

  it.each([
    ['the token endpoint', 'TEMPORAL_AUTH_NO_VALID_TOKEN'],
    ['Temporal', 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE'],
  ])('waits no longer than bootTimeoutMs for the first answer of %s', async (place, code) => {
    await using scene = await openScene();
    const client = scene.createClient({ bootTimeoutMs: 3_000 });
    if (place === 'Temporal') scene.temporal.failWith('neverAnswers');
    else scene.oauth.failWith('neverAnswers');
    const begin = scene.clock.monotonicNow();
    const error = await settled(scene, rejection(client.load()));
    expect(scene.clock.monotonicNow() - begin).toBeLessThanOrEqual(3_500);
    expect(error).toMatchObject({ kind: 'connectivity', code, retryable: true });
    expect(String(error)).toContain('3000 ms (bootTimeoutMs)');
  });

  it('is given up by close(), in a wait too', async () => {
    await using scene = await openScene();
    const client = scene.createClient({ clock: scene.clock, random: () => 0.9 });
    scene.oauth.failWith('unavailable503');
    const asked = scene.oauth.nextRequest();
    const loading = rejection(client.load());
    await asked;
    await expect.poll(() => client.auth.health().refreshInMs).toBeGreaterThan(0);
    await client.close();
    expect(await loading).toMatchObject({ code: 'TEMPORAL_AUTH_CLOSED' });
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('ends at once when the client is rejected', async () => {
    await using scene = await openScene();
    const client = scene.createClient({ clientSecret: 'wrong' });
    expect(await rejection(client.load())).toMatchObject({ code: 'TOKEN_CLIENT_REJECTED' });
  });

  it.each([
    ['html200', 'TOKEN_RESPONSE_INVALID'],
    ['redirect307', 'TOKEN_REQUEST_REDIRECTED'],
  ] as const)('ends at once when the token endpoint answers by %s', async (fault, code) => {
    await using scene = await openScene();
    scene.oauth.failWith(fault);
    expect(await rejection(scene.createClient().load())).toMatchObject({ code });
    expect(scene.oauth.tokenRequests).toHaveLength(1);
  });

  it('warns once of a token that goes out unencrypted, however often it tries', async () => {
    await using scene = await openScene();
    const client = scene.createClient({
      host: 'temporal.invalid',
      connectTimeoutMs: 500,
      bootTimeoutMs: 3_000,
    });
    await settled(scene, rejection(client.load()));
    expect(scene.log.entries.filter(({ message }) => message.includes('unencrypted'))).toHaveLength(1);
  });
});
