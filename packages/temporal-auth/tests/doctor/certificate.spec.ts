import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { checkCertificate } from '../../src/doctor/check-endpoint.ts';
import { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { rejection } from '../support/scene.ts';
import { startRawServer } from '../support/raw-server.ts';

const at = (port: number) => ({ hostname: '127.0.0.1', port, proxy: undefined });

describe('a handshake', () => {
  const scene = new DiagnosisContext({ env: {} });

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
});
