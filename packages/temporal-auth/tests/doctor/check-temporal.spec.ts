import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { credentials as grpcCredentials } from '@grpc/grpc-js';
import { ConnectProxy, FakeTemporalFrontend, testCertificates } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { checkConfiguration } from '../../src/doctor/check-configuration.ts';
import { checkTemporal } from '../../src/doctor/check-temporal.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { examined } from '../support/examined.ts';
import { fakeClientConnection } from '../support/fake-client-connection.ts';
import { unusedPort } from '../support/unused-port.ts';

type Known = Partial<Pick<DiagnosisContext, 'authEnabled' | 'credentials'>>;

async function asked(options: DiagnoseOptions, known: Known = {}) {
  const check = await examined(
    async (scene) => {
      await checkConfiguration(scene);
      await checkTemporal(Object.assign(scene, { authEnabled: true, ...known }));
    },
    { authEnabled: true, applicationName: 'a', ...options },
  );
  return { check, isGranted: check('temporal-write').result === 'success' };
}

describe('TLS to Temporal', () => {
  const secret = (tlsEnabled: boolean | undefined) => ({ credentials: { clientId: 'a', tlsEnabled } });

  it.each<[DiagnoseOptions, Known, string]>([
    [{}, {}, 'TLS to Temporal is off (default)'],
    [{ tls: false }, {}, 'TLS to Temporal is off (option tls)'],
    [{}, secret(false), 'TLS to Temporal is off (workflow_tls_enabled)'],
    [{}, secret(undefined), 'TLS to Temporal is off (default)'],
    [
      { connection: { credentials: grpcCredentials.createInsecure() } },
      {},
      'TLS to Temporal is a matter of the option connection.credentials',
    ],
  ])('is off: %#', async (options, known, description) => {
    const port = await unusedPort();
    const { check, isGranted } = await asked({ host: '127.0.0.1', port, ...options }, known);
    expect(check('temporal-tls')).toEqual({ description, result: 'success' });
    expect(check('temporal-tcp')).toMatchObject({ result: 'error', code: 'DOCTOR_CONNECTION_FAILED' });
    expect(check('temporal-system-info')).toMatchObject({ result: 'skipped', consequenceOf: 'temporal-tcp' });
    expect(isGranted).toBe(false);
  });

  it.each([
    [true, 'warning'],
    [false, 'success'],
  ])('is off on the way to another host, with a token: %s', async (authEnabled, result) => {
    const { check } = await asked({ host: 'nowhere.invalid', port: 7_233 }, { authEnabled });
    expect(check('temporal-dns').code).toBe('DOCTOR_NAME_UNKNOWN');
    expect(check('temporal-tls')).toEqual({
      ...{ description: 'TLS to Temporal is off (default)', result },
      ...(authEnabled && {
        code: 'DOCTOR_TOKEN_IN_PLAINTEXT',
        error:
          'TLS is off, and the token goes to another host in every call. Set tls: true (workflow_tls_enabled in the secret), unless the network itself encrypts.',
      }),
    });
  });

  it('is not looked at where there is no connection', async () => {
    const port = await unusedPort();
    const { check } = await asked({ host: '127.0.0.1', port, tls: true });
    expect(check('temporal-tls')).toMatchObject({ result: 'skipped', consequenceOf: 'temporal-tcp' });
  });

  it('has certificates that cannot be read, which is known without a connection', async () => {
    const tls = { certFile: '/nowhere/cert', keyFile: '/nowhere/key' };
    const { check, isGranted } = await asked({ host: '127.0.0.1', port: await unusedPort(), tls });
    expect(check('temporal-tls')).toMatchObject({
      ...{ result: 'error', code: 'REFRESH_SCHEDULER_CERTIFICATE_UNREADABLE' },
    });
    expect(isGranted).toBe(false);
  });

  it.each<[string, DiagnoseOptions, Known]>([
    ['the option tls', { tls: { serverRootCACertificate: Buffer.from(testCertificates().ca) } }, {}],
    ['the option ca', { tls: true, ca: testCertificates().ca }, {}],
    ['the secret', { ca: testCertificates().ca }, secret(true)],
    [
      'another name',
      {
        tls: { serverRootCACertificate: Buffer.from(testCertificates().ca), serverNameOverride: 'localhost' },
      },
      {},
    ],
  ])('is on by %s', async (_what, options, known) => {
    await using temporal = await FakeTemporalFrontend.start({ tls: true, acceptToken: () => true });
    fakeClientConnection();
    const { check, isGranted } = await asked(
      { host: '127.0.0.1', port: temporal.port, ...options },
      { authEnabled: false, ...known },
    );
    expect(check('temporal-tls').description).toMatch(
      /^TLS with 127\.0\.0\.1:\d+: TLSv1\.3, its certificate/,
    );
    expect(check('temporal-system-info').result).toBe('success');
    expect(isGranted).toBe(true);
  });

  it('shows the client certificate, asks for a name, and speaks HTTP/2', async () => {
    const { ca, cert, key } = testCertificates();
    // By TLS 1.2 the server has seen all when the client has.
    const options = {
      cert,
      key,
      ALPNProtocols: ['http/1.1', 'h2'],
      requestCert: true,
      maxVersion: 'TLSv1.2',
    } as const;
    const server = createServer({ ...options, rejectUnauthorized: false });
    const seen: unknown[] = [];
    server.on('secureConnection', (socket: TLSSocket & { servername?: unknown }) => {
      seen.push(socket.servername, socket.alpnProtocol, Object.keys(socket.getPeerCertificate()).length > 0);
      socket.on('error', () => undefined);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    fakeClientConnection();
    const { port } = server.address() as AddressInfo;
    const pair = { crt: Buffer.from(cert), key: Buffer.from(key) };
    const trusted = { serverRootCACertificate: Buffer.from(ca) };
    await asked({
      ...{ host: '127.0.0.1', port },
      tls: { ...trusted, serverNameOverride: 'localhost', clientCertPair: pair },
    });
    await asked({ host: '127.0.0.1', port, tls: trusted });
    await asked({ host: 'localhost', port, tls: trusted });
    expect(seen).toEqual([
      ...['localhost', 'h2', true],
      ...[false, 'h2', false],
      ...['localhost', 'h2', false],
    ]);
    server.close();
  });

  it('has certificates that cannot be read, where Temporal is there', async () => {
    await using temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
    const tls = { certFile: '/nowhere/cert', keyFile: '/nowhere/key' };
    const { check, isGranted } = await asked({ host: '127.0.0.1', port: temporal.port, tls });
    expect(check('temporal-system-info')).toMatchObject({ result: 'skipped', consequenceOf: 'temporal-tls' });
    expect(isGranted).toBe(false);
  });
});

describe('a proxy to Temporal', () => {
  it('looks for the name, and opens the tunnel', async () => {
    await using temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
    await using proxy = await ConnectProxy.start({ routes: { 'temporal.invalid:7233': temporal.port } });
    fakeClientConnection();
    const by = { proxy: `http://127.0.0.1:${proxy.port}` };
    const { check } = await asked({ host: 'temporal.invalid', ...by }, { authEnabled: false });
    expect(check('temporal-dns').description).toBe(
      `Temporal's name has an address: the proxy 127.0.0.1:${proxy.port} looks for it`,
    );
    expect(check('temporal-tcp')).toEqual({
      description: `temporal.invalid:7233 accepts connections by the proxy 127.0.0.1:${proxy.port}`,
      result: 'success',
    });
  });
});

it('a Temporal whose settings make no sense is not looked for', async () => {
  const { check, isGranted } = await asked({ port: -1 });
  expect(check('temporal-dns')).toMatchObject({ result: 'skipped', consequenceOf: 'temporal-setting' });
  expect(isGranted).toBe(false);
});
