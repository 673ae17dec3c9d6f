import { status } from '@grpc/grpc-js';
import { frameFlags, headerFrames, settingsFrame } from '@worker-auth/workspace/http2-frame';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { TemporalAuthGateway } from '../src/gateway/temporal-auth-gateway.ts';
import { BytesClient } from './support/grpc.ts';
import { createIssuer } from './support/issuer.ts';

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
