import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { Upstream } from '../../src/proxy/upstream.ts';
import { openDeafPort } from '@worker-auth/calls/tests/deaf-port';
import { directNetwork } from '@worker-auth/calls/tests/direct-network';

let clock: FakeClock;
let log: RecordingLogger;
let server: Http2Server;
let upstream: Upstream;
let peers: ServerHttp2Session[];
/** So many connections that come next are never answered. */
let hanging: number;

beforeEach(async () => {
  clock = new FakeClock();
  log = new RecordingLogger();
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
    ...{ clock, onConnected: () => undefined, logger: log },
  });
}

it('is connected again at once, and not more often than each second', async () => {
  await upstream.stream(false, undefined);
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
  const taken = upstream.stream(false, undefined);
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
  const taken = away.stream(false, undefined);
  await clock.advance(2_000);
  away.close();
  await expect(taken).rejects.toThrow('aborted');
  expect(clock.pendingTimers).toBe(0);
});

it('has another connection tried for a call that lacks a permission, and keeps the next tries for others', async () => {
  const { line } = await upstream.stream(false, undefined);
  const another = async (isDenied: boolean): Promise<boolean> => {
    const seat = await upstream.another(false, undefined, new Set([line, ...tried]), isDenied);
    if (seat !== undefined) tried.add(seat.line);
    return seat !== undefined;
  };
  const tried = new Set([line]);
  expect(await another(true)).toBe(true);
  await clock.advance(1_000);
  expect(await another(true)).toBe(false);
  expect(await another(false)).toBe(true);
});

const warnings = () => log.entries.filter(({ level }) => level === 'WARN');

/** The server allows so many streams on a connection. */
function allow(maxConcurrentStreams: number): void {
  server.updateSettings({ maxConcurrentStreams });
}

it('takes the only stream of a connection for a poll, and leaves a fifth of the connections to other calls', async () => {
  allow(1);
  const polls = [];
  for (let count = 0; count < 25; count++) polls.push(await upstream.stream(true, undefined));
  const over = new AbortController();
  const left = Promise.resolve(upstream.stream(true, () => over.signal));
  const hasLeft = expect(left).rejects.toThrow('aborted');
  let late: object | undefined;
  void Promise.resolve(upstream.stream(true, undefined)).then((seat) => (late = seat));
  await upstream.stream(false, undefined);
  expect([upstream.size, late]).toEqual([26, undefined]);
  // What becomes free in the moment in which one leaves is the next one's.
  over.abort();
  polls[3]?.end();
  await hasLeft;
  await expect.poll(() => late).toMatchObject({ line: polls[3]?.line });
});

it('opens no other connection where one allows no stream, says so once a minute, and goes on when it allows some', async () => {
  allow(0);
  const over = new AbortController();
  const left = upstream.stream(false, () => over.signal);
  const waiting = Promise.resolve(upstream.stream(false, undefined));
  await expect.poll(warnings).toHaveLength(1);
  expect(warnings()[0]?.message).toMatch(
    /: 0 are allowed on each connection\. Raise the limit .*SETTINGS_MAX_CONCURRENT_STREAMS/,
  );
  over.abort();
  await expect(left).rejects.toThrow('aborted');
  void Promise.resolve(upstream.stream(true, undefined));
  expect([upstream.size, peers.length, warnings().length]).toEqual([1, 1, 1]);
  peers[0]?.settings({ maxConcurrentStreams: 1 });
  expect((await waiting).line.room(false)).toBe(0);
  await clock.advance(60_000);
  void Promise.resolve(upstream.stream(true, undefined));
  await expect.poll(warnings).toHaveLength(2);
});

it('tells calls that wait for a stream when there is no connection any more', async () => {
  allow(0);
  const waiting = Promise.resolve(upstream.stream(false, undefined));
  await expect.poll(warnings).toHaveLength(1);
  server.close();
  peers[0]?.destroy();
  const failed = expect(waiting).rejects.toThrow();
  await expect.poll(() => upstream.size).toBe(0);
  await clock.advance(1_000);
  await failed;
});
