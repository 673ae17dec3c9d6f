import { describe, expect, it } from 'vitest';
import { assertNoLeak, plantSecret } from '../../src/leaks/assert-no-leak.ts';
import type { HttpFault } from '../../src/server/http-fault.ts';
import { afterTurns } from '../../src/host-time.ts';
import { startDapr } from './start-dapr.ts';

const store = { name: 'store', type: 'secretstores.local.file', secrets: { a: '1' } };

describe('a cold start of the fake sidecar', () => {
  it('that is loading answers 500 to health and has no component, without a token', async () => {
    const { fake, get } = await startDapr({ components: [store], apiToken: 't', cold: 'loading' });
    expect(JSON.parse((await get('/healthz/outbound')).text)).toEqual({
      errorCode: 'ERR_OUTBOUND_HEALTH_NOT_READY',
      message: 'dapr outbound is not ready',
    });
    expect(JSON.parse((await get('/healthz?x')).text)).toEqual({
      errorCode: 'ERR_HEALTH_NOT_READY',
      message: 'dapr is not ready',
    });
    const init = { headers: { 'dapr-api-token': 't' } };
    expect((await get('/secrets/store/a', init)).text).toContain('ERR_SECRET_STORES_NOT_CONFIGURED');
    expect((await get('/metadata', init)).text).not.toContain('"components"');
    await fake.warmUp();
    expect((await get('/healthz/outbound')).status).toBe(204);
    expect((await get('/secrets/store/a', init)).status).toBe(200);
  });

  it('that rejects has no listener on its port, and comes back on it', async () => {
    const { fake, get } = await startDapr({ components: [store], cold: 'rejecting' });
    const { port } = fake;
    await expect(get('/healthz')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await fake.warmUp();
    expect([(await get('/secrets/store/a')).status, fake.port]).toEqual([200, port]);
    expect([fake.url, fake.connectionsSeen]).toEqual([`http://127.0.0.1:${port}`, 1]);
  });

  it('may come at any time', async () => {
    const { fake, get } = await startDapr({ components: [store] });
    await fake.goCold();
    expect([(await get('/healthz')).status, fake.isReady]).toEqual([500, false]);
    await fake.goCold('rejecting');
    await expect(get('/healthz')).rejects.toThrow();
    await fake.warmUp();
    expect([(await get('/healthz')).status, fake.isReady]).toEqual([204, true]);
  });
});

describe('faults of the fake sidecar', () => {
  const unavailable: HttpFault = { status: 503 };

  it('are of the part of the API that they are for', async () => {
    const { fake, get } = await startDapr({ components: [store] });
    fake.failWith(unavailable, 'health');
    expect((await get('/healthz')).status).toBe(503);
    expect((await get('/secrets/store/bulk')).status).toBe(200);
    fake.recover();
    expect((await get('/healthz')).status).toBe(204);
  });
});

describe('the requests of the fake sidecar', () => {
  it('are written down with their status', async () => {
    const { fake, get } = await startDapr({ components: [store] });
    await get('/secrets/store/a');
    await get('/metadata');
    await get('/secrets/other/a');
    expect(fake.requestsTo('/secrets/')).toMatchObject([
      { method: 'GET', path: '/v1.0/secrets/store/a', endpoint: 'secrets', status: 200 },
      { method: 'GET', path: '/v1.0/secrets/other/a', endpoint: 'secrets', status: 401 },
    ]);
  });

  it('are waited for by how many there are', async () => {
    const { fake, get } = await startDapr();
    let isThere = false;
    const second = fake.received('/healthz', 2).then(() => (isThere = true));
    await get('/healthz');
    await get('/metadata');
    expect(isThere).toBe(false);
    await get('/healthz');
    expect(await second).toBe(true);
  });

  it('have no status before they are answered, nor when they never are', async () => {
    const { fake, get } = await startDapr({ components: [store] });
    fake.injectFault({ connection: 'drop' });
    await expect(get('/healthz')).rejects.toThrow();
    fake.injectFault({ delayMs: 60_000 });
    const leaving = new AbortController();
    const left = get('/healthz', { signal: leaving.signal });
    await fake.received('/healthz', 2);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await expect.poll(() => fake.openConnections).toBe(0);
    await afterTurns();
    expect(fake.requests).toMatchObject([{ status: undefined }, { status: undefined }]);
  });

  it('show neither the API token nor a secret, and give the token to who asks for it', async () => {
    const [apiToken, value] = [plantSecret('token'), plantSecret('value')];
    const { fake, get } = await startDapr({ components: [{ ...store, secrets: { a: value } }], apiToken });
    const { text } = await get('/secrets/store/a', {
      headers: { 'Dapr-Api-Token': apiToken, authorization: `Bearer ${apiToken}`, 'x-other': 'seen' },
    });
    expect(JSON.parse(text)).toEqual({ a: value });
    assertNoLeak(fake.requests, [apiToken, value]);
    expect(fake.requests[0]?.headers).toMatchObject({ 'dapr-api-token': '[redacted]', 'x-other': 'seen' });
    expect(fake.requests[0]?.header('dapr-api-token')).toBe(apiToken);
  });
});
