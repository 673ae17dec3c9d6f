import { Connection } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { FakeTemporalFrontend } from '../../src/frontend/fake-temporal-frontend.ts';
import {
  testClientCertificate,
  type TestClientCertificateOptions,
} from '../../src/tls/test-client-certificate.ts';

const describeNamespace = 'DescribeNamespace';

/** Asks for the namespace, once, with such a certificate. */
async function ask(temporal: FakeTemporalFrontend, options: TestClientCertificateOptions): Promise<void> {
  const { ca, cert, key } = testClientCertificate(options);
  const connection = Connection.lazy({
    address: temporal.address,
    tls: {
      serverRootCACertificate: Buffer.from(ca),
      clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) },
    },
    interceptors: [],
  });
  try {
    await connection.withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    );
  } finally {
    await connection.close();
  }
}

describe('a frontend that requires client certificates', () => {
  const options = { acceptToken: () => true, tls: true, requireClientCertificate: true };

  it('lets in who has one of the authority of the kit, and tells its name', async () => {
    await using temporal = await FakeTemporalFrontend.start(options);
    await ask(temporal, { subjectDn: 'CN=first' });
    expect(temporal.calls.at(-1)).toMatchObject({ method: describeNamespace, clientName: 'first' });
  });

  const minuteMs = 60_000;
  it.each([
    ['signed itself', { selfSigned: true }],
    [
      'has expired',
      { notBefore: new Date(Date.now() - 2 * minuteMs), notAfter: new Date(Date.now() - minuteMs) },
    ],
  ])('lets in nobody whose certificate %s', async (_what, certificate) => {
    await using temporal = await FakeTemporalFrontend.start(options);
    await expect(ask(temporal, certificate)).rejects.toThrow();
    expect(temporal.calls).toEqual([]);
  });

  it('needs TLS', async () => {
    await expect(FakeTemporalFrontend.start({ requireClientCertificate: true })).rejects.toThrow(
      new TypeError('requireClientCertificate needs tls'),
    );
  });
});
