import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { openSocket } from '../../src/network/open-socket.ts';
import { openDeafPort } from '../support/deaf-port.ts';
import { directNetwork } from '../support/direct-network.ts';

async function leaves(port: number, tls: ConnectionOptions | false, begun: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const opening = openSocket(`127.0.0.1:${port}`, directNetwork, tls, over.signal);
  const ended = expect(opening).rejects.toThrow('aborted');
  await begun;
  over.abort();
  await ended;
  // An error that nobody hears has ended the process by then.
  await setImmediate();
}

it('ends with the signal a socket whose handshake nobody answers, and nobody is troubled afterwards', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  await leaves((server.address() as AddressInfo).port, {}, once(server, 'connection'));
});

it.each([
  ['in plain text', false],
  ['over TLS', {}],
] as const)('ends with the signal a socket %s to a host that answers nothing', async (_case, tls) => {
  await using deaf = await openDeafPort();
  await leaves(deaf.port, tls, setImmediate());
});
