import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { FakeClock, FakeTemporalFrontend, testCertificates } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { checkCertificate } from '../../src/doctor/check-endpoint.ts';
import { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { rejection } from '../support/scene.ts';
import { startRawServer } from '../support/raw-server.ts';

const at = (port: number) => ({ hostname: '127.0.0.1', port, proxy: undefined });
const dayMs = 86_400_000;

describe('a handshake', () => {
  const scene = new DiagnosisContext({ env: {} });
  const { ca } = testCertificates();

  it('is had', async () => {
    await using temporal = await FakeTemporalFrontend.start({ tls: true, acceptToken: () => true });
    const way = at(temporal.port);
    const found = await checkCertificate(scene, way, { ca });
    expect(found.description).toMatch(/^TLS with 127\.0\.0\.1:\d+: TLSv1\.3, its certificate ends on /);
    const clock = new FakeClock({ wallMs: Date.now() + 400 * dayMs });
    const later = await rejection(checkCertificate(new DiagnosisContext({ env: {}, clock }), way, { ca }));
    expect(later).toMatchObject({ code: 'DOCTOR_CERTIFICATE_EXPIRED' });
    const soon = new DiagnosisContext({
      env: {},
      clock: new FakeClock({ wallMs: Date.now() + 355 * dayMs }),
    });
    const ending = await checkCertificate(soon, way, { ca });
    expect(ending).toMatchObject({
      ...{ code: 'DOCTOR_CERTIFICATE_EXPIRING', details: { certificateDaysLeft: 9 } },
      cause: expect.stringMatching(/^The certificate of .* ends on \d{4}-\d\d-\d\d, in 9 days\.$/) as string,
    });
    const other = await rejection(checkCertificate(scene, way, { ca, servername: 'other.example' }));
    expect(other).toMatchObject({ code: 'DOCTOR_CERTIFICATE_OF_OTHER_NAME' });
  });

  it.each(['closes', 'http1'] as const)('is none with a server that %s', async (manner) => {
    await using server = await startRawServer(manner);
    const error = await rejection(checkCertificate(scene, at(server.port), {}));
    expect(error).toMatchObject({ code: 'DOCTOR_TLS_HANDSHAKE_FAILED' });
    expect(String(error)).toMatch(
      /: (?:TLS with 127\.0\.0\.1:\d+ failed: [\w ]+\. Check whether it speaks TLS|127\.0\.0\.1:\d+ speaks plaintext, and TLS is on here)/,
    );
  });

  it('is waited for as long as one step', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const short = new DiagnosisContext({ env: {}, timeoutMs: 100 });
    const error = await rejection(checkCertificate(short, at(port), {}));
    expect(error).toMatchObject({
      code: 'DOCTOR_CONNECTION_TIMED_OUT',
      message: `No TLS handshake with 127.0.0.1:${port} within 100 ms. Check routes, firewalls and network policies.`,
    });
    server.close();
  });

  it('is none with a client certificate that is none, and leaves no connection open', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const closed = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'));
    const error = await rejection(checkCertificate(scene, at(port), { cert: 'no PEM', key: 'no PEM' }));
    expect(error).toMatchObject({
      code: 'DOCTOR_TLS_HANDSHAKE_FAILED',
      message: expect.stringMatching(/^TLS with 127\.0\.0\.1:\d+ failed: [A-Z\d_]+\. Check/) as string,
    });
    await closed;
    server.close();
  });
});
