import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { unreachable } from '../src/external-links.ts';

it('tells which addresses give no good answer, and what came instead', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/good' ? 200 : 404).end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const nobody = 'http://127.0.0.1:9/';
  const faults = await unreachable([`${origin}/good`, `${origin}/gone`, nobody]);
  expect(faults).toEqual([
    `${origin}/gone: answered with 404`,
    expect.stringMatching(/^http:\/\/127\.0\.0\.1:9\/: ./),
  ]);
});
