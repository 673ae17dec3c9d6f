import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import { openScene, rejectionOf } from '../support.ts';

const says = /does not speak HTTP\/1\.1 .+accept HTTP\/1\.1.+allowH2/;

it('a server that speaks HTTP/2 alone is said to, and not retryable', async () => {
  const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  server.on('sessionError', () => undefined);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { tokens } = await openScene({ tokenUrl: `http://127.0.0.1:${port}/token` });
  expect(await rejectionOf(tokens.getToken())).toMatchObject({
    code: TokenManagerErrorCode.rejected,
    kind: 'configuration',
    retryable: false,
    networkCode: 'HPE_INVALID_CONSTANT',
    message: expect.stringMatching(says) as unknown,
  });
});

it.each([
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', TokenManagerErrorCode.rejected],
  ['ERR_SSL_NO_APPLICATION_PROTOCOL', TokenManagerErrorCode.rejected],
  ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', TokenManagerErrorCode.unreachable],
  ['HPE_INVALID_CHUNK_SIZE', TokenManagerErrorCode.unreachable],
])('a connection that fails with %s is %s', async (networkCode, code) => {
  const failure = Object.assign(new Error('failed'), { code: networkCode });
  const { tokens } = await openScene({ fetch: () => Promise.reject(failure) });
  expect(await rejectionOf(tokens.getToken())).toMatchObject({
    code,
    retryable: code === TokenManagerErrorCode.unreachable,
  });
});

it('a server that asks for HTTP/2 in its answer has advice about that', async () => {
  const text = 'Missing ALPN Protocol, expected `h2` to be available.';
  const { tokens } = await openScene({ fetch: () => Promise.resolve(new Response(text, { status: 403 })) });
  expect(await rejectionOf(tokens.getToken())).toMatchObject({
    retryable: false,
    message: expect.stringMatching(/answered 403.+accept HTTP\/1\.1/) as unknown,
  });
});
