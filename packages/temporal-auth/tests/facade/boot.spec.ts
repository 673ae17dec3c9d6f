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
    await passUntil(scene, () => client.health().conditions.length > 0);
    expect(client.health().conditions).toMatchObject([{ code: 'NO_TOKEN' }]);
    expect(scene.log.matching(/Waiting for/).length).toBeLessThan(2);
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
    await passUntil(scene, () => client.health().conditions.length > 0);
    expect(client.health().conditions).toMatchObject([{ code: 'TEMPORAL_REJECTS_TOKEN' }]);
    scene.temporal.recover();
    await settled(scene, loading);
    expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual(scene.issuedFingerprints());
    await scene.temporal.until(() => scene.temporal.openConnections === 1);
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
});
