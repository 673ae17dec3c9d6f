import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { open, reach } from '../../src/doctor/check-endpoint.ts';
import { wayTo } from '@worker-auth/calls/network/way-to';
import { bareHost } from '@worker-auth/calls/settings/host';
import { readNetwork } from '@worker-auth/calls/settings/network-settings';
import { startRawServer } from '../support/raw-server.ts';

const scene = new DiagnosisContext({ env: {} });
const direct = readNetwork({ proxy: false }, {});

describe('a connection', () => {
  it('is opened and closed, to an address of IPv6 too', async () => {
    const host = '[::1]';
    const server = createServer();
    await once(server.listen(0, bareHost(host)), 'listening');
    const port = (server.address() as { readonly port: number }).port;
    const closed = once(server, 'connection').then(([socket]) => once(socket as never, 'close'));
    expect(await reach(scene, wayTo(`${host}:${port}`, direct))).toBe(
      `${host}:${port} accepts connections, at ${bareHost(host)}`,
    );
    await closed;
    server.close();
  });

  it('fails later, which is of no interest', async () => {
    await using server = await startRawServer('http1');
    const socket = await open(scene, wayTo(`127.0.0.1:${server.port}`, direct));
    expect(() => socket.emit('error', new Error('late'))).not.toThrow();
    socket.destroy();
  });
});
