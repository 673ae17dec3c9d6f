import { FakeClock } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { Upstream } from '../../src/proxy/upstream.ts';
import { openDeafPort } from '@worker-auth/calls/tests/deaf-port';
import { directNetwork } from '@worker-auth/calls/tests/direct-network';

let clock: FakeClock;
let server: Http2Server;
let upstream: Upstream;
let peers: ServerHttp2Session[];
/** So many connections that come next are never answered. */
let hanging: number;

beforeEach(async () => {
  clock = new FakeClock();
  peers = [];
  hanging = 0;
  server = createServer().on('session', (peer: ServerHttp2Session) => {
    peers.push(peer.on('error', () => undefined));
  });
  const [answer] = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    if (hanging-- > 0) socket.on('error', () => undefined).resume();
    else answer?.call(server, socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  upstream = reach(port);
  onTestFinished(() => {
    upstream.close();
    server.close();
  });
});

function reach(port: number): Upstream {
  return new Upstream({
    ...{ address: `127.0.0.1:${port}`, network: directNetwork, tls: () => false, certificates: undefined },
    ...{ clock, onConnected: () => undefined },
  });
}

it('is connected again at once, and not more often than each second', async () => {
  await upstream.stream(false);
  await clock.advance(1_000);
  peers.at(-1)?.destroy();
  await expect.poll(() => upstream.size).toBe(0);
  await clock.advance(0);
  await expect.poll(() => upstream.size).toBe(1);
  peers.at(-1)?.destroy();
  await expect.poll(() => upstream.size).toBe(0);
  await clock.advance(999);
  expect(peers).toHaveLength(2);
  await clock.advance(1);
  await expect.poll(() => upstream.size).toBe(1);
});

it('is tried once more after 2 s beside a connection that hangs', async () => {
  hanging = 1;
  const taken = upstream.stream(false);
  await expect.poll(() => hanging).toBe(0);
  await clock.advance(1_999);
  expect(peers).toHaveLength(0);
  await clock.advance(1);
  await taken;
  expect(peers).toHaveLength(1);
  expect(upstream.size).toBe(1);
});

it('ends what it tries where no connection comes about', async () => {
  await using deaf = await openDeafPort();
  const away = reach(deaf.port);
  const taken = away.stream(false);
  await clock.advance(2_000);
  away.close();
  await expect(taken).rejects.toThrow('aborted');
  expect(clock.pendingTimers).toBe(0);
});

it('has another connection tried for a call that lacks a permission, and keeps the next tries for others', async () => {
  const { line } = await upstream.stream(false);
  const another = async (isDenied: boolean): Promise<boolean> => {
    const seat = await upstream.another(false, new Set([line, ...tried]), isDenied);
    if (seat !== undefined) tried.add(seat.line);
    return seat !== undefined;
  };
  const tried = new Set([line]);
  expect(await another(true)).toBe(true);
  await clock.advance(1_000);
  expect(await another(true)).toBe(false);
  expect(await another(false)).toBe(true);
});
