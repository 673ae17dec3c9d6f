import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { FakeClock, FakeTemporalFrontend, testCertificates } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { checkCertificate, judgeCertificate } from '../../src/doctor/check-endpoint.ts';
import { DiagnosisContext, ProblemFound } from '../../src/doctor/diagnosis-context.ts';
import { rejection } from '../support/scene.ts';
import { startRawServer } from '../support/raw-server.ts';
import { unusedPort } from '../support/unused-port.ts';

const at = (port: number) => ({ hostname: '127.0.0.1', port, proxy: undefined });
const endsMs = Date.parse('2027-03-01T00:00:00Z');
const dayMs = 86_400_000;

/** What is said of a certificate that ends then, so many days before. */
function judged(days: number, socket: object = {}, ends: string | undefined = 'Mar  1 00:00:00 2027 GMT') {
  const good = {
    getPeerCertificate: () => ({ valid_to: ends }),
    ...{ authorized: true, authorizationError: null, getProtocol: () => 'TLSv1.3' },
  };
  return judgeCertificate({ ...good, ...socket } as never, 'temporal.example:7233', endsMs - days * dayMs);
}

describe('a certificate', () => {
  const description = (days: number): string =>
    `TLS with temporal.example:7233: TLSv1.3, its certificate ends on 2027-03-01, in ${days} days`;

  it('is good', () => {
    expect(judged(14)).toEqual({ description: description(14), details: { certificateDaysLeft: 14 } });
    expect(judged(20, { getProtocol: () => null }).description).toContain('7233: TLS, its certificate');
  });

  it.each([13.99, 0])('ends soon: in %d days', (days) => {
    const left = Math.floor(days);
    expect(judged(days)).toEqual({
      ...{ description: description(left), details: { certificateDaysLeft: left } },
      code: 'DOCTOR_CERTIFICATE_EXPIRING',
      error: `The certificate ends on 2027-03-01, in ${left} days. Have it renewed before.`,
    });
  });

  it('ends at a time that is unknown', () => {
    expect(judged(20, {}, '').description).toContain('its certificate ends at an unknown time, in NaN days');
  });

  it.each<[string, string, string]>([
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'DOCTOR_CERTIFICATE_OF_OTHER_NAME',
      'for another name (ERR_TLS_CERT_ALTNAME_INVALID). Use one that it has, or have it issued anew.',
    ],
    ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'].map((reason): [string, string, string] => [
      reason,
      'DOCTOR_CERTIFICATE_EXPIRED',
      `not good now (${reason}). Have it renewed, and check this host's clock.`,
    ]),
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DOCTOR_CERTIFICATE_UNTRUSTED',
      'signed by an authority that is not trusted here (SELF_SIGNED_CERT_IN_CHAIN). Set ca or NODE_EXTRA_CA_CERTS.',
    ],
  ])('is not trusted: %s', (reason, code, what) => {
    const judge = () => judged(20, { authorized: false, authorizationError: reason });
    expect(judge).toThrow(ProblemFound);
    expect(judge).toThrow(
      expect.objectContaining({ code, message: `The certificate of temporal.example:7233 is ${what}` }),
    );
  });

  it('is over, which is the reason', () => {
    expect(() => judged(-0.01, { authorized: false, authorizationError: 'OTHER' })).toThrow(
      expect.objectContaining({
        code: 'DOCTOR_CERTIFICATE_EXPIRED',
        message:
          "The certificate of temporal.example:7233 ended on 2027-03-01. Have it renewed, and check this host's clock.",
      }),
    );
  });
});

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
    const other = await rejection(checkCertificate(scene, way, { ca, servername: 'other.example' }));
    expect(other).toMatchObject({ code: 'DOCTOR_CERTIFICATE_OF_OTHER_NAME' });
  });

  it.each(['closes', 'http1'] as const)('is none with a server that %s', async (manner) => {
    await using server = await startRawServer(manner);
    const error = await rejection(checkCertificate(scene, at(server.port), {}));
    expect(error).toMatchObject({ code: 'DOCTOR_TLS_HANDSHAKE_FAILED' });
    expect(String(error)).toMatch(
      /: No TLS with 127\.0\.0\.1:\d+ \((?:connection closed|[A-Z_\d]+)\)\. Check whether it speaks TLS, and whether it asks for a client certificate\.$/,
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
      message: expect.stringMatching(/^No TLS with 127\.0\.0\.1:\d+ \([A-Z\d_]+\)\. Check/) as string,
    });
    await closed;
    server.close();
  });

  it('is none without a connection', async () => {
    const error = await rejection(checkCertificate(scene, at(await unusedPort()), {}));
    expect(error).toMatchObject({ code: 'DOCTOR_CONNECTION_FAILED' });
  });
});
