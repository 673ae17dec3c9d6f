import { createServer } from 'node:net';
import { once } from 'node:events';
import { ConnectProxy } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { ProblemFound } from '../../src/doctor/problem.ts';
import { DoctorCode } from '../../src/doctor/doctor-code.ts';
import { failed, open, reach, resolve } from '../../src/doctor/check-endpoint.ts';
import { wayTo } from '../../src/network/way-to.ts';
import { bareHost } from '../../src/settings/host.ts';
import { readNetwork } from '../../src/settings/network-settings.ts';
import { openDeafPort } from '../support/deaf-port.ts';
import { rejection } from '../support/scene.ts';
import { startRawServer } from '../support/raw-server.ts';

const scene = new DiagnosisContext({ env: {} });
const direct = readNetwork({ proxy: false }, {});

describe('a place', () => {
  it('has an address', async () => {
    expect(await resolve(scene, wayTo('[::1]:1', direct))).toBe('::1 needs no DNS lookup');
    expect(await resolve(scene, wayTo('localhost:1', direct))).toMatch(
      /^localhost is (?:::1|127\.0\.0\.1)(?:, (?:::1|127\.0\.0\.1))?$/,
    );
  });
});

describe('a connection', () => {
  it.each(['127.0.0.1', '[::1]'])('is opened and closed: %s', async (host) => {
    const server = createServer();
    await once(server.listen(0, bareHost(host)), 'listening');
    const port = (server.address() as { readonly port: number }).port;
    const closed = once(server, 'connection').then(([socket]) => once(socket as never, 'close'));
    expect(await reach(scene, wayTo(`${host}:${port}`, direct))).toBe(`${host}:${port} accepts connections`);
    await closed;
    server.close();
  });

  it('fails later, which is of no interest', async () => {
    await using server = await startRawServer('http1');
    const socket = await open(scene, wayTo(`127.0.0.1:${server.port}`, direct));
    expect(() => socket.emit('error', new Error('late'))).not.toThrow();
    socket.destroy();
  });

  it('is waited for as long as one step', async () => {
    await using deaf = await openDeafPort();
    const place = wayTo(`127.0.0.1:${deaf.port}`, direct);
    const within = 'within 50 ms. Check routes, firewalls and network policies.';
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const before = sockets();
    expect(await rejection(reach(new DiagnosisContext({ env: {}, timeoutMs: 50 }), place))).toMatchObject({
      ...{
        code: 'DOCTOR_CONNECTION_TIMED_OUT',
        message: `No connection to 127.0.0.1:${deaf.port} ${within}`,
      },
    });
    const byProxy = wayTo('a.example:443', readNetwork({ proxy: `http://127.0.0.1:${deaf.port}` }, {}));
    expect(await rejection(reach(new DiagnosisContext({ env: {}, timeoutMs: 50 }), byProxy))).toMatchObject({
      message: `No tunnel to a.example:443 by the proxy 127.0.0.1:${deaf.port} ${within}`,
    });
    // Nothing is left that keeps the process alive.
    await expect.poll(sockets).toBeLessThanOrEqual(before);
  });
});

describe('a proxy', () => {
  const wayBy = (proxy: string) => wayTo('a.example:443', readNetwork({ proxy }, {}));

  it('opens the tunnel', async () => {
    await using server = await startRawServer('http1');
    await using proxy = await ConnectProxy.start({ routes: { 'a.example:443': server.port } });
    const place = wayBy(`http://127.0.0.1:${proxy.port}`);
    expect(await reach(scene, place)).toBe(
      `a.example:443 accepts connections by the proxy 127.0.0.1:${proxy.port}`,
    );
  });
});

describe('a failure', () => {
  const say = failed(DoctorCode.handshakeFailed, 'no', 'Check.');

  it.each([
    [Object.assign(new Error('a'), { code: 'EPIPE' }), 'no: EPIPE. Check.'],
    [Object.assign(new Error('a'), { code: 'ERR_SSL_TLSV1_ALERT' }), 'no: ERR_SSL_TLSV1_ALERT. Check.'],
    [new Error('a'), 'no: connection closed. Check.'],
  ])('is said by its code: %s', (error, message) => {
    expect(() => say(error)).toThrow(
      expect.objectContaining({ code: 'DOCTOR_TLS_HANDSHAKE_FAILED', message }),
    );
  });

  it('stays what is known already', () => {
    const known = new ProblemFound(DoctorCode.nameUnknown, 'known', 'Do.');
    expect(() => say(known)).toThrow(known);
  });
});
