import { once } from 'node:events';
import { readPlace } from '@worker-auth/calls/settings/host';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { ConnectProxy, FakeClock, testCertificates } from '@worker-auth/testing-fakes';
import { afterEach, describe, expect, it } from 'vitest';
import { type Network, readNetwork } from '@worker-auth/calls/settings/network-settings';
import { directNetwork } from '@worker-auth/calls/tests/direct-network';
import { expectsTls } from '../../src/network/routed-options.ts';
import { startRawServer } from '../support/raw-server.ts';

const silent = new Error('14 UNAVAILABLE: Connection dropped');
const name = 'temporal.invalid';

let running = new AsyncDisposableStack();
afterEach(async () => {
  await running.disposeAsync();
  running = new AsyncDisposableStack();
});

async function listening(server: Server): Promise<number> {
  running.defer(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

interface TlsServer {
  readonly port: number;
  /** What was asked for in each handshake; no `servername` where it was none. */
  readonly handshakes: { readonly servername: string | undefined; readonly protocols: readonly string[] }[];
}

async function startTlsServer(): Promise<TlsServer> {
  const { cert, key } = testCertificates([name]);
  const handshakes: TlsServer['handshakes'] = [];
  const server = createTlsServer({
    ...{ cert, key },
    ALPNCallback: ({ servername, protocols }) => {
      handshakes.push({ servername: servername || undefined, protocols });
      return 'h2';
    },
  });
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', (socket) => socket.on('error', () => undefined).resume());
  return { port: await listening(server), handshakes };
}

/** A server that takes connections and says nothing; `ended` resolves when the first of them is over. */
async function startMuteServer(): Promise<{ port: number; connected: Promise<void>; ended: Promise<void> }> {
  const connected = Promise.withResolvers<undefined>();
  const ended = Promise.withResolvers<undefined>();
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .once('close', () => {
        ended.resolve(undefined);
      });
    socket.once('data', () => {
      connected.resolve(undefined);
    });
  });
  return { port: await listening(server), connected: connected.promise, ended: ended.promise };
}

const place = readPlace({}, {});

function ask(
  address: string,
  {
    error = silent,
    network = directNetwork,
    clock = new FakeClock(),
    signal = new AbortController().signal,
  }: { error?: unknown; network?: Network; clock?: FakeClock; signal?: AbortSignal } = {},
): Promise<boolean> {
  return expectsTls(error, { place: { ...place, address }, network, clock }, signal);
}

describe('expectsTls', () => {
  it('is true of a server that speaks TLS, whoever signed its certificate', async () => {
    const { port, handshakes } = await startTlsServer();
    expect(await ask(`127.0.0.1:${port}`)).toBe(true);
    expect(handshakes).toEqual([{ servername: undefined, protocols: ['h2'] }]);
  });

  it.each(['closes', 'http1'] as const)('is false of a server without TLS that %s', async (manner) => {
    await using server = await startRawServer(manner);
    expect(await ask(`127.0.0.1:${server.port}`)).toBe(false);
  });

  it('asks through the proxy', async () => {
    const { port, handshakes } = await startTlsServer();
    const address = `${name}:7233`;
    await using proxy = await ConnectProxy.start({ routes: { [address]: port } });
    const network = readNetwork({ proxy: proxy.url }, {});
    expect(await ask(address, { network })).toBe(true);
    expect(handshakes).toEqual([{ servername: name, protocols: ['h2'] }]);
    expect(proxy.asked).toEqual([address]);

    await using closing = await startRawServer('closes');
    await using other = await ConnectProxy.start({ routes: { [address]: closing.port } });
    expect(await ask(address, { network: readNetwork({ proxy: other.url }, {}) })).toBe(false);
  });

  it.each([
    '14 UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:7233',
    'Request unauthorized.',
  ])('asks nobody after an error that says why: %s', async (message) => {
    const { port, handshakes } = await startTlsServer();
    expect(await ask(`127.0.0.1:${port}`, { error: new Error(message) })).toBe(false);
    expect(handshakes).toEqual([]);
  });

  it('waits 2 s for the handshake, and leaves nothing open', async () => {
    const server = await startMuteServer();
    const clock = new FakeClock();
    const asking = ask(`127.0.0.1:${server.port}`, { clock });
    await server.connected;
    await clock.advance(1_999);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    expect(await asking).toBe(false);
    await server.ended;
    expect(clock.pendingTimers).toBe(0);
  });
});
