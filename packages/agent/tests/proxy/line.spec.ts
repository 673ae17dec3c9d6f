import { FakeClock } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import {
  connect as connectHttp2,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import {
  type Answer,
  exchange,
  type Exchange,
  type ExchangeOptions,
  grpcStatus,
} from '../../src/proxy/exchange.ts';
import { Line } from '../../src/proxy/line.ts';
import { framed } from '../../src/proxy/wire.ts';
import { openRawHttp2 } from '../support/raw-http2.ts';

let clock: FakeClock;
let line: Line;
const onRoom = (): void => undefined;
let gone: Line[];
/** What the peer was asked. */
let asked: string[];
/** As where a firewall has forgotten the connection. */
let forget: () => unknown;
/** Ends a silence. */
let remember: () => unknown;
/** Calls as the peer got them. */
let calls: ServerHttp2Stream[];

beforeEach(async () => {
  clock = new FakeClock();
  const ended: Line[] = [];
  gone = ended;
  asked = [];
  calls = [];
  const server = createServer().on('session', (peer: ServerHttp2Session) => {
    peer.on('error', () => undefined).on('ping', () => asked.push('ping'));
    peer.once('remoteSettings', () => peer.on('remoteSettings', () => asked.push('settings')));
    onTestFinished(() => {
      peer.destroy();
    });
  });
  server.on('stream', (stream) => calls.push(stream));
  const port = await listen(server);
  const relay = createTcpServer((near) => {
    const far = connect(port, '127.0.0.1').on('error', () => near.destroy());
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    near.pipe(far).pipe(near);
    forget = () => [near.unpipe(), far.unpipe()];
    remember = () => near.pipe(far).pipe(near);
  });
  const session = connectHttp2(`http://127.0.0.1:${await listen(relay)}`);
  onTestFinished(() => {
    session.destroy();
  });
  await once(session, 'remoteSettings');
  line = new Line(session, clock, (each) => ended.push(each), onRoom);
});

it('whose peer says nothing is left within 8 s, and ended 70 s later', async () => {
  forget();
  await clock.advance(8_000);
  expect(gone).toEqual([line]);
  expect(line.session.destroyed).toBe(false);
  await clock.advance(70_000);
  expect(line.session.destroyed).toBe(true);
  await expect.poll(() => clock.pendingTimers).toBe(0);
});

/** Temporal has answered a poll, and the answer is on its way. */
async function answeredPoll(options: Partial<ExchangeOptions> = {}): Promise<Exchange> {
  const poll = exchange(line.take(true), { ':method': 'POST' }, framed(), { clock, ...options });
  await expect.poll(() => calls).toHaveLength(1);
  forget();
  calls[0]?.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true });
  return poll;
}

it('hands on a task that comes when its peer speaks again', async () => {
  const late = Promise.withResolvers<Answer>();
  const { answer } = await answeredPoll({ onLate: late.resolve });
  await clock.advance(8_000);
  expect((await answer).status).toBe(grpcStatus.unavailable);
  remember();
  expect((await late.promise).status).toBe(grpcStatus.ok);
  await expect.poll(() => clock.nextTimerInMs).toBe(2_000);
  await clock.advance(2_000);
  expect(line.session.destroyed).toBe(true);
});

it('reads a task that was on its way when its poll was cancelled', async () => {
  const poll = await answeredPoll({ onLate: () => undefined });
  poll.cancel();
  remember();
  expect((await poll.answer).status).toBe(grpcStatus.ok);
});

it('reads a task that is handed out when a silence ends', async () => {
  forget();
  const poll = exchange(line.take(true), { ':method': 'POST' }, framed(), {
    ...{ clock, onLate: () => undefined },
  });
  poll.cancel();
  await clock.advance(1_001);
  remember();
  await expect.poll(() => calls).toHaveLength(1);
  // Until then it would be reset at once.
  await expect.poll(() => clock.pendingTimers).toBe(2);
  calls[0]?.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true });
  expect((await poll.answer).status).toBe(grpcStatus.ok);
});

it('ends other calls when its peer is silent', async () => {
  const { answer } = await answeredPoll();
  await clock.advance(8_000);
  expect((await answer).status).toBe(grpcStatus.unavailable);
});

it('stays while others are answered, or a large message is under way, though it says nothing', async () => {
  forget();
  await clock.advance(3_000);
  line.judge.heard();
  await clock.advance(4_999);
  line.judge.sent(line, 600_000);
  await clock.advance(1);
  expect(gone).toEqual([]);
  await clock.advance(8_000);
  expect(gone).toEqual([]);
  await clock.advance(8_000);
  expect(gone).toEqual([line]);
});

it('stays while its peer answers, which is asked by settings: too many pings would end it', async () => {
  for (let times = 1; times <= 5; times++) {
    await clock.advance(3_000);
    await expect.poll(() => asked).toHaveLength(times);
    // Until then it is the one that would end it.
    await expect.poll(() => clock.nextTimerInMs).toBe(3_000);
  }
  expect(new Set(asked)).toEqual(new Set(['settings']));
  expect(line.session.destroyed).toBe(false);
});

it('of whose calls none is sent for 30 s is left, and those that are not sent end', async () => {
  line.session.destroy();
  await expect.poll(() => gone).toHaveLength(1);
  const onGone = vi.fn();
  const server = await openRawHttp2(() => ({ headers: [] }), 0);
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  onTestFinished(() => {
    session.destroy();
  });
  await once(session, 'remoteSettings');
  const stuck = new Line(session, clock, onGone, onRoom);
  const send = () => exchange(stuck.take(false), { ':method': 'POST' }, framed(), { clock });
  // Calls whose workers do not wait so long are no sign of life.
  const left = send();
  await pass(3);
  left.cancel();
  const { answer } = send();
  await pass(6);
  expect(onGone).not.toHaveBeenCalled();
  await pass(1);
  await expect.poll(() => onGone.mock.calls).toHaveLength(1);
  expect((await answer).status).toBe(grpcStatus.unavailable);
});

it('stays while nothing is to be sent, however long its polls are open', async () => {
  exchange(line.take(true), { ':method': 'POST' }, framed(), { clock, onLate: () => undefined });
  await expect.poll(() => calls).toHaveLength(1);
  await pass(30);
  expect(gone).toEqual([]);
});

it('stays while a large request is sent slowly, which arrives whole', async () => {
  const body = Buffer.alloc(4_000_000, 'abc');
  exchange(line.take(false), { ':method': 'POST' }, body, { clock });
  await expect.poll(() => calls).toHaveLength(1);
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const until of [1_200_000, 2_400_000, 3_600_000, body.length]) {
    while (bytes < until) {
      const part = calls[0]?.read() as Buffer | null;
      if (part === null) await new Promise(setImmediate);
      else bytes += parts.push(part) && part.length;
    }
    await pass(8);
  }
  expect(Buffer.concat(parts).equals(body)).toBe(true);
  expect(gone).toEqual([]);
});

/** So many times the peer is asked whether it lives, and answers. */
async function pass(times: number): Promise<void> {
  for (let time = 1; time <= times; time++) {
    await expect.poll(() => clock.nextTimerInMs).toBe(3_000);
    await clock.advance(3_000);
  }
}

async function listen(server: Server | Http2Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
