import { credentials as grpcCredentials } from '@grpc/grpc-js';
import { ConnectProxy, FakeTemporalFrontend, testCertificates } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { checkConfiguration } from '../../src/doctor/check-configuration.ts';
import { checkTemporal } from '../../src/doctor/check-temporal.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { examined } from '../support/examined.ts';
import { fakeClientConnection } from '../support/fake-client-connection.ts';

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
    [{}, {}, 'TLS is off (default)'],
    [{ tls: false }, {}, 'TLS is off (option tls)'],
    [{}, secret(false), 'TLS is off (workflow_tls_enabled)'],
    [{}, secret(undefined), 'TLS is off (default)'],
    [
      { connection: { credentials: grpcCredentials.createInsecure() } },
      {},
      'TLS is a matter of the option connection.credentials',
    ],
  ])('is off: %#', async (options, known, description) => {
    await using temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
    const { port } = temporal;
    const { check } = await asked({ host: '127.0.0.1', port, ...options }, known);
    expect(check('temporal-connection')).toEqual({
      description: `127.0.0.1:${port} accepts connections, at 127.0.0.1; ${description}`,
      result: 'success',
    });
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
    expect(check('temporal-connection').description).toMatch(
      /^127\.0\.0\.1:\d+ accepts connections, at 127\.0\.0\.1; TLSv1\.3, its certificate/,
    );
    expect(check('temporal-namespace').result).toBe('success');
    expect(isGranted).toBe(true);
  });
});

describe('a proxy to Temporal', () => {
  it('looks for the name, and opens the tunnel', async () => {
    await using temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
    await using proxy = await ConnectProxy.start({ routes: { 'temporal.invalid:7233': temporal.port } });
    fakeClientConnection();
    const by = { proxy: `http://127.0.0.1:${proxy.port}` };
    const { check } = await asked({ host: 'temporal.invalid', ...by }, { authEnabled: false });
    expect(check('temporal-connection')).toEqual({
      description: `temporal.invalid:7233 accepts connections, by the proxy 127.0.0.1:${proxy.port}; TLS is off (default)`,
      result: 'success',
    });
  });
});
