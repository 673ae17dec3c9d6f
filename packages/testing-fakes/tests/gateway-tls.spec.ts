import { status } from '@grpc/grpc-js';
import { frameFlags, headerFrames, settingsFrame } from '@worker-auth/workspace/http2-frame';
import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { expect, it, onTestFinished } from 'vitest';
import { TemporalAuthGateway } from '../src/gateway/temporal-auth-gateway.ts';
import { MockOAuthServer } from '../src/oauth/mock-oauth-server.ts';
import { BytesClient } from './support/grpc.ts';
import { createIssuer } from './support/issuer.ts';
import { TemporalEcho } from './support/temporal-echo.ts';

const issuer = await createIssuer();
const token = await issuer.mint();
const pem = await generate([{ name: 'commonName', value: 'localhost' }], {
  algorithm: 'sha256',
  extensions: [
    {
      name: 'subjectAltName',
      altNames: [
        { type: 2, value: 'localhost' },
        { type: 7, ip: '127.0.0.1' },
      ],
    },
  ],
});
const tls = { cert: pem.cert, key: pem.private };

it('serves TLS with the certificate that it is given', async () => {
  await using echo = await TemporalEcho.start();
  await using gateway = await TemporalAuthGateway.start({ upstream: echo.address, jwks: issuer.jwks, tls });
  using trusting = new BytesClient(gateway.address, pem.cert);
  expect((await trusting.unary('DescribeNamespace', { token })).code).toBe(status.OK);
  using plain = new BytesClient(gateway.address);
  expect((await plain.unary('DescribeNamespace', { token })).code).toBe(status.UNAVAILABLE);
});

it('reaches a frontend over TLS when its address is an https: URL', async () => {
  await using echo = await TemporalEcho.start();
  await using inner = await TemporalAuthGateway.start({ upstream: echo.address, jwks: issuer.jwks, tls });
  const upstream = `https://${inner.address}`;
  await using outer = await TemporalAuthGateway.start({ upstream, jwks: issuer.jwks });
  using client = new BytesClient(outer.address);
  expect((await client.unary('DescribeNamespace', { token })).code).toBe(status.UNAVAILABLE);
  const before = getCACertificates('default');
  onTestFinished(() => {
    setDefaultCACertificates(before);
  });
  setDefaultCACertificates([...before, pem.cert]);
  expect((await client.unary('DescribeNamespace', { token })).code).toBe(status.OK);
});

it('trusts the kit’s own authority, for keys and for the frontend', async () => {
  await using oauth = await MockOAuthServer.start({ tls: true });
  await using echo = await TemporalEcho.start();
  const jwks = oauth.jwksUrl;
  await using inner = await TemporalAuthGateway.start({ upstream: echo.address, jwks, tls: true });
  await using outer = await TemporalAuthGateway.start({ upstream: `https://${inner.address}`, jwks });
  using client = new BytesClient(outer.address);
  expect((await client.unary('DescribeNamespace', { token: oauth.mintToken() })).code).toBe(status.OK);
});

it('hands on a status of HTTP that is none as UNKNOWN, and leaves no connection open', async () => {
  const sockets = new Set<Socket>();
  // `:status: 600` by hand, in answer to the first call: Node would not send it.
  const answer = headerFrames(1, [[':status', '600']], frameFlags.endStream);
  const upstream = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    socket.write(settingsFrame());
    socket.once('data', () => setTimeout(() => socket.write(answer), 100));
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void upstream.close());
  const issuer = await createIssuer();
  const { port } = upstream.address() as AddressInfo;
  const gateway = await TemporalAuthGateway.start({ upstream: `127.0.0.1:${port}`, jwks: issuer.jwks });
  onTestFinished(() => gateway.stop());
  using client = new BytesClient(`127.0.0.1:${gateway.port}`);
  const { code } = await client.unary('DescribeNamespace', { token: await issuer.mint({}) });
  expect(code).toBe(status.UNKNOWN);
  await gateway.stop();
  await expect.poll(() => sockets.size).toBe(0);
});
