import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { Connection } from '@temporalio/client';
import { testCertificates } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { withRotatingTls } from '../../src/network/rotating-channel.ts';
import { routedClient } from '../../src/network/routed-options.ts';
import { directNetwork } from '@worker-auth/calls/tests/direct-network';
import { keepCertificates } from '@worker-auth/calls/tests/kept-certificates';

const trusted = { serverRootCACertificate: Buffer.from(testCertificates().ca) };

it.each([
  ['an address', '127.0.0.1', trusted, false],
  ['a name', 'localhost', trusted, 'localhost'],
  ['another name', '127.0.0.1', { ...trusted, serverNameOverride: 'localhost' }, 'localhost'],
  ['an address, with certificates that rotate', '127.0.0.1', undefined, false],
] as const)(
  'a TLS server that is reached by %s is asked for its name alone',
  async (_what, host, tls, name) => {
    await using kept = await keepCertificates();
    await kept.issue();
    const { cert, key } = testCertificates();
    const server = createServer({ cert, key, ALPNProtocols: ['h2'] });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = `${host}:${(server.address() as AddressInfo).port}`;
    const certificates = tls === undefined ? kept.certificates : undefined;
    const options = withRotatingTls(
      { address, interceptors: [], ...(tls && { tls }) },
      certificates,
      directNetwork,
    );
    const connection = Connection.lazy(routedClient(options, directNetwork));
    try {
      const call = connection.workflowService.getSystemInfo({}).catch(() => undefined);
      const [socket] = (await once(server, 'secureConnection')) as [TLSSocket & { servername: unknown }];
      expect(socket.servername).toBe(name);
      socket.destroy();
      await connection.close();
      await call;
    } finally {
      server.close();
    }
  },
);

it.each([
  ['10.0.0.1:7233', true, true],
  ['[fd00::1]:7233', {}, true],
  ['10.0.0.1:7233', false, false],
  ['temporal:7233', true, false],
])('a connection to %s has a channel of its own where TLS is %j: %s', (address, tls, isOwn) => {
  const { channelArgs = {} } = routedClient({ address, tls }, directNetwork);
  expect('channelFactoryOverride' in channelArgs).toBe(isOwn);
  const given = { channelFactoryOverride: () => undefined };
  expect(routedClient({ address, tls, channelArgs: given }, directNetwork).channelArgs).toMatchObject(given);
});
