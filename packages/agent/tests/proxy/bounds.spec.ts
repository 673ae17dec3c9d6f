import { status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { connect, constants, createServer } from 'node:http2';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { http2Frame } from '@worker-auth/workspace/http2-frame';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import {
  openProxyScene,
  type ProxyScene,
  type ProxySceneOptions,
  startProxy,
} from '../support/proxy-scene.ts';
import { ask, closed, openRaw } from '../support/raw-caller.ts';

const namespace = 'default';
const service = '/temporal.api.workflowservice.v1.WorkflowService';
const bounds = { results: 1, bytes: 1, perQueue: 1 };

async function openScene(options?: ProxySceneOptions): Promise<ProxyScene> {
  const scene = await openProxyScene(options);
  onTestFinished(() => scene[Symbol.asyncDispose]());
  return scene;
}

describe('a caller', () => {
  let scene: ProxyScene;
  beforeEach(async () => {
    scene = await openScene();
  });

  it('of a name of somebody else is denied, and one of a service that is not forwarded is unimplemented', async () => {
    const path = `${service}/GetSystemInfo`;
    expect(await ask(scene.address, { ':path': path })).toBe('0');
    const rebound = { ':path': path, ':authority': 'evil.example:7233' };
    expect(await ask(scene.address, rebound)).toBe(String(status.PERMISSION_DENIED));
    for (const other of [
      '/other.Service/Call',
      '/temporal.server.api.adminservice.v1.AdminService/Call',
      '/',
    ])
      expect(await ask(scene.address, { ':path': other })).toBe(String(status.UNIMPLEMENTED));
    expect(scene.temporal.totals.passed).toBe(1);
  });

  it('whose request is too large is rejected', async () => {
    const large = Buffer.alloc(68_000_000);
    expect(await ask(scene.address, { ':path': `${service}/StartWorkflowExecution` }, large)).toBe(
      String(status.RESOURCE_EXHAUSTED),
    );
  });

  it('whose headers are too large has no answer', async () => {
    const large = { ':path': `${service}/GetSystemInfo`, 'x-large': 'x'.repeat(70_000) };
    expect(await ask(scene.address, large)).toBe('closed');
  });

  it.each([`${service}/PollWorkflowTaskQueue`, '/grpc.health.v1.Health/Watch'])(
    'that resets a stream by an error is gone: %s',
    async (path) => {
      const session = connect(`http://${scene.address}`).on('error', () => undefined);
      const stream = session.request({ ':method': 'POST', ':path': path }).on('error', () => undefined);
      stream.end(Buffer.alloc(5));
      await new Promise((resolve) => session.ping(resolve));
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      await closed(stream);
      await new Promise((resolve) => session.ping(resolve));
      session.close();
    },
  );

  it('that resets its streams by the thousand is cut off', async () => {
    const session = connect(`http://${scene.address}`).on('error', () => undefined);
    const path = `${service}/PollWorkflowTaskQueue`;
    const ended = closed(session);
    const reset = (): void => {
      for (let count = 0; count < 500 && !session.closed; count++) {
        const stream = session.request({ ':method': 'POST', ':path': path }).on('error', () => undefined);
        stream.close(constants.NGHTTP2_CANCEL);
      }
      if (!session.destroyed) setTimeout(reset, 5);
    };
    reset();
    await ended;
  });

  it('whose headers never end is cut off', async () => {
    const socket = await openRaw(scene.address);
    // HEADERS without END_HEADERS, then CONTINUATION.
    socket.write(http2Frame(1, 0, 1, Buffer.from([0x83])));
    const flood = (): void => {
      for (let count = 0; count < 100 && socket.writable; count++)
        socket.write(http2Frame(9, 0, 1, Buffer.alloc(16_000, 0x83)));
      if (socket.writable) setTimeout(flood, 5);
    };
    const ended = closed(socket);
    flood();
    await ended;
  });

  it('beyond a thousand connections takes the place of the oldest one that has no call', async () => {
    const [host, port] = scene.address.split(':');
    const open: Socket[] = [];
    const make = async (): Promise<Socket> => {
      const socket = connectTcp(Number(port), host).on('error', () => undefined);
      open.push(socket.resume());
      await once(socket, 'connect');
      return socket;
    };
    onTestFinished(() => {
      for (const socket of open) socket.destroy();
    });
    for (let count = 0; count < 1_000; count++) await make();
    const last = await make();
    await expect.poll(() => open[0]?.destroyed).toBe(true);
    expect([open.at(-2)?.destroyed, last.destroyed]).toEqual([false, false]);
    for (const socket of open) socket.destroy();
  });

  // Whatever it does, others go on.
  beforeEach(() => async () => {
    await scene.within(20_000, () => scene.worker.describeNamespace({ namespace }));
  });
});

it('an answer of more than 64 MB is none', async () => {
  const upstream = createServer().on('stream', (stream) => {
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.end(Buffer.alloc(68_000_000));
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void upstream.close());
  const scene = await openScene();
  const { port } = upstream.address() as AddressInfo;
  await using running = await startProxy(
    { ...authOptions(scene.oauth), host: '127.0.0.1', port, logger: scene.log },
    { bounds, earlyOkMs: undefined },
  );
  const headers = { ':path': `${service}/GetSystemInfo`, 'grpc-timeout': '2S' };
  expect(await ask(running.address, headers)).toBe(String(status.RESOURCE_EXHAUSTED));
});

it('a secret lets in those alone who present it', async () => {
  const { address, temporal } = await openScene({ bearer: 'a secret of sixteen' });
  const path = `${service}/GetSystemInfo`;
  const wrong = [undefined, 'a secret of sixteen', 'Bearer a secret of', 'Bearer A secret of sixteen'];
  for (const authorization of wrong)
    expect(await ask(address, { ':path': path, ...(authorization !== undefined && { authorization }) })).toBe(
      String(status.UNAUTHENTICATED),
    );
  expect(await ask(address, { ':path': '/grpc.health.v1.Health/Check' })).toBe(
    String(status.UNAUTHENTICATED),
  );
  expect(temporal.totals).toEqual({ passed: 0, rejected: 0 });
  for (const scheme of ['Bearer', 'bearer', 'BEARER'])
    expect(await ask(address, { ':path': path, authorization: `${scheme} a secret of sixteen` })).toBe('0');
  expect(temporal.totals).toEqual({ passed: 3, rejected: 0 });
});

it.each([
  ['/run/bearer', 'TEMPORAL_API_KEY: the content of /run/bearer (--worker-bearer-file); TEMPORAL_TLS: false'],
  [undefined, 'It is for the program behind "--". For others start it with --worker-bearer-file'],
])('a call without the secret is told how to present it, which is in %s', async (bearerFile, said) => {
  const { connection } = await openScene({ bearer: 'a secret of sixteen', bearerFile });
  const call = connection.workflowService.getSystemInfo({});
  await expect(call).rejects.toMatchObject({
    ...{ code: status.UNAUTHENTICATED, details: expect.stringContaining(said) as string },
  });
  await expect(call).rejects.not.toThrow('a secret of sixteen');
});
