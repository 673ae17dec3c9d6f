import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { get, type RequestOptions } from 'node:https';
import { connect as connectPlainly } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConnectProxy } from '../../src/server/connect-proxy.ts';
import {
  type LoopbackHandler,
  LoopbackServer,
  type LoopbackServerSettings,
} from '../../src/server/loopback-server.ts';
import { testCertificates } from '../../src/tls/test-certificates.ts';
import { testClientCertificate } from '../../src/tls/test-client-certificate.ts';

async function start(handler: LoopbackHandler, options?: LoopbackServerSettings): Promise<LoopbackServer> {
  const server = await LoopbackServer.start(handler, options);
  onTestFinished(() => server.stop());
  return server;
}

const greet: LoopbackHandler = (_request, response) => {
  response.end('hello');
};

function getOverTls(url: string, options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, ...options }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    });
    request.once('error', reject);
  });
}

describe('LoopbackServer', () => {
  it('comes back on its port after a stop', async () => {
    const server = await start(greet);
    const { url } = server;
    await server.stop();
    await expect(fetch(url)).rejects.toThrow();
    await server.restart();
    expect(server.url).toBe(url);
    expect(await (await fetch(url)).text()).toBe('hello');
  });

  it('cuts the connections of before when it restarts', async () => {
    const server = await start(() => undefined);
    const waiting = fetch(server.url);
    await expect.poll(() => server.openConnections).toBe(1);
    await server.restart();
    await expect(waiting).rejects.toThrow();
    await expect.poll(() => server.openConnections).toBe(0);
    expect(server.connectionsSeen).toBe(1);
  });

  it('is at 127.0.0.1 alone, as a proxy is', async () => {
    const proxy = await ConnectProxy.start({ routes: {} });
    onTestFinished(() => proxy.stop());
    for (const { port } of [await start(greet), proxy]) {
      await expect(once(connectPlainly(port, '::1'), 'connect')).rejects.toThrow();
      const socket = connectPlainly(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    }
  });

  it('rejects when the port is taken', async () => {
    const { port } = await start(greet);
    await expect(LoopbackServer.start(greet, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('may be stopped twice, and be disposed after', async () => {
    const server = await start(greet);
    await Promise.all([server.stop(), server.stop()]);
    await server[Symbol.asyncDispose]();
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('answers what its handler throws with 500', async () => {
    const server = await start(() => {
      throw new Error('no such thing');
    });
    const response = await fetch(server.url);
    expect([response.status, await response.text()]).toEqual([500, 'Error: no such thing']);
    expect(response.headers.get('content-type')).toBe('text/plain');
  });

  it('ends a response that has begun with what its handler throws', async () => {
    const server = await start((_request, response) => {
      response.write('some, ');
      throw new Error('no more');
    });
    const response = await fetch(server.url);
    expect([response.status, await response.text()]).toEqual([200, 'some, Error: no more']);
  });
});

describe('TLS', () => {
  it('is trusted by who trusts the authority of the kit, by address and by name', async () => {
    const server = await start(greet, { tls: true });
    const ca = server.caCertificate ?? '';
    expect(await getOverTls(server.url, { ca })).toBe('hello');
    const localhost = `https://localhost:${server.port}`;
    expect(await getOverTls(localhost, { ca, host: '127.0.0.1' })).toBe('hello');
  });

  it('presents the certificate that it is given', async () => {
    const { ca, cert, key } = testCertificates();
    const server = await start(greet, { tls: { cert, key } });
    expect(server.caCertificate).toBeUndefined();
    expect(await getOverTls(server.url, { ca })).toBe('hello');
  });

  it.each([
    [true, 'trusted', testClientCertificate()],
    [true, 'untrusted', testClientCertificate({ selfSigned: true })],
    [true, 'none', { ca: testCertificates().ca }],
    [false, 'none', testClientCertificate()],
  ])('asks for a client certificate: %s, and sees that it is %s', async (asks, seen, options) => {
    const server = await start(
      ({ socket }, response) => {
        if (!(socket instanceof TLSSocket)) throw new Error('No TLS');
        const isThere = socket.getPeerX509Certificate() !== undefined;
        response.end(isThere ? (socket.authorized ? 'trusted' : 'untrusted') : 'none');
      },
      { tls: true, requestClientCertificate: asks },
    );
    expect(await getOverTls(server.url, options)).toBe(seen);
  });
});

describe('testCertificates', () => {
  const { cert } = testCertificates();
  const certificate = new X509Certificate(cert);

  it('are good now, and for the addresses of this machine', () => {
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now());
    expect(certificate.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
  });

  it('are for other names too where they are asked for', () => {
    expect(new X509Certificate(testCertificates(['a.invalid', 'b.invalid']).cert).subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:a.invalid, DNS:b.invalid',
    );
  });

  it('are the same for all servers of a process', () => {
    expect(testCertificates()).toBe(testCertificates());
  });
});
