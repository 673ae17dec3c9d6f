import { ConnectProxy, LoopbackServer, testCertificates } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Network, readNetwork } from '@worker-auth/calls/settings/network-settings';
import { directNetwork } from '@worker-auth/calls/tests/direct-network';
import { networkFetch } from '@worker-auth/calls/network/network-fetch';
import { rejection } from '../support/scene.ts';

const name = 'issuer.invalid';
const { ca, cert, key } = testCertificates([name]);

interface Scene extends AsyncDisposable {
  readonly server: LoopbackServer;
  readonly proxy: ConnectProxy;
  /** The way through the proxy. */
  readonly proxyFor: Network['proxyFor'];
}

/** A server that answers with the host that it was asked for, and a proxy that alone knows its name. */
async function openScene(tls = false): Promise<Scene> {
  await using started = new AsyncDisposableStack();
  const handler: Parameters<typeof LoopbackServer.start>[0] = ({ headers }, response) => {
    response.end(headers.host);
  };
  const server = await LoopbackServer.start(handler, { tls: tls && { cert, key } });
  started.defer(() => server.stop());
  const port = Number(new URL(server.url).port);
  const routes = { [`${name}:8443`]: port, [`${name}:80`]: port, [`${name}:443`]: port };
  const proxy = started.use(await ConnectProxy.start({ routes }));
  const way = { address: `127.0.0.1:${proxy.port}`, host: '127.0.0.1', port: proxy.port };
  const resources = started.move();
  return {
    ...{ server, proxy, proxyFor: () => way },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function get(network: Partial<Network>, url: string): Promise<string> {
  const fetch = networkFetch({ ...directNetwork, ...network });
  if (fetch === undefined) throw new Error('It is the fetch of the host');
  const answer = await fetch(url, { method: 'GET', headers: {} });
  return answer.text();
}

describe('networkFetch', () => {
  it('is the fetch of the host where nothing is said of the network', () => {
    expect(networkFetch(directNetwork)).toBeUndefined();
  });

  it('goes the direct way where there is no proxy for the host', async () => {
    await using scene = await openScene();
    const { host } = new URL(scene.server.url);
    expect(await get({ proxyFor: () => undefined }, scene.server.url)).toBe(host);
    expect(await get({ certificates: () => ca }, scene.server.url)).toBe(host);
    expect(scene.proxy.asked).toEqual([]);
  });

  it('trusts the authorities that are given, and no others', async () => {
    await using scene = await openScene(true);
    const { host } = new URL(scene.server.url);
    expect(await get({ certificates: () => ca }, scene.server.url)).toBe(host);
    expect(await rejection(get({ proxyFor: () => undefined }, scene.server.url))).toBeInstanceOf(Error);
  });

  it('trusts the authorities of a file that was replaced, in the next request', async () => {
    await using scene = await openScene(true);
    await using started = new AsyncDisposableStack();
    const folder = started.adopt(await mkdtemp(join(tmpdir(), "ca #%41 é' ")), (path) =>
      rm(path, { recursive: true }),
    );
    const file = join(folder, 'ca.pem');
    await writeFile(file, testCertificates().cert);
    const fetch = networkFetch(readNetwork({}, { SSL_CERT_FILE: file }));
    const ask = async (): Promise<string | undefined> =>
      (await fetch?.(scene.server.url, { method: 'GET', headers: {} }))?.text();
    expect(await rejection(ask())).toBeInstanceOf(Error);
    await writeFile(file, ca);
    const { host } = new URL(scene.server.url);
    expect(await ask()).toBe(host);
    await writeFile(file, testCertificates().cert);
    expect(await rejection(ask())).toBeInstanceOf(Error);
  });

  it.each([
    ['hang', () => new Promise<never>(() => undefined)],
    ['are gone', () => Promise.reject(new Error('gone'))],
  ])('goes on with the authorities that it has while their files %s', async (_state, newestCertificates) => {
    await using scene = await openScene(true);
    const { host } = new URL(scene.server.url);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const got = get({ certificates: () => ca, newestCertificates }, scene.server.url);
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    expect(await got).toBe(host);
  });

  it.each([
    ['http', ':8443', 'issuer.invalid:8443'],
    ['http', '', 'issuer.invalid:80'],
    ['https', ':8443', 'issuer.invalid:8443'],
    ['https', '', 'issuer.invalid:443'],
  ])('goes through the proxy of the host (%s%s)', async (scheme, port, asked) => {
    await using scene = await openScene(scheme === 'https');
    const { proxyFor, proxy } = scene;
    const network = { proxyFor, certificates: () => ca };
    expect(await get(network, `${scheme}://${name}${port}/token`)).toBe(`${name}${port}`);
    expect(proxy.asked).toEqual([asked]);
  });

  it('ends in time where the proxy takes the connection and opens no tunnel', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const proxyFor = () => ({ host: '127.0.0.1', port, address: `127.0.0.1:${port}` });
    const fetch = networkFetch({ ...directNetwork, proxyFor }, undefined, 20);
    await expect(fetch?.(`https://${name}/token`, {})).rejects.toMatchObject({ code: 'PROXY_ETIMEDOUT' });
  });
});
