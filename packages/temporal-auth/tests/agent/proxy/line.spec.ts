import { FakeClock } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { connect as connectHttp2, createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { Line } from '../../../src/agent/proxy/line.ts';

let clock: FakeClock;
let line: Line;
let gone: Line[];
/** What the peer was asked. */
let asked: string[];
/** As where a firewall has forgotten the connection. */
let forget: () => void;

beforeEach(async () => {
  clock = new FakeClock();
  gone = [];
  asked = [];
  const server = createServer().on('session', (peer: ServerHttp2Session) => {
    peer.on('error', () => undefined).on('ping', () => asked.push('ping'));
    peer.once('remoteSettings', () => peer.on('remoteSettings', () => asked.push('settings')));
    onTestFinished(() => {
      peer.destroy();
    });
  });
  const port = await listen(server);
  const relay = createTcpServer((near) => {
    const far = connect(port, '127.0.0.1').on('error', () => near.destroy());
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    near.pipe(far).pipe(near);
    forget = () => void near.unpipe().resume();
  });
  const session = connectHttp2(`http://127.0.0.1:${await listen(relay)}`);
  onTestFinished(() => {
    session.destroy();
  });
  await once(session, 'remoteSettings');
  line = new Line(session, clock, (ended) => gone.push(ended));
});

it('whose peer says nothing is ended within 8 s', async () => {
  forget();
  await clock.advance(8_000);
  expect(line.session.destroyed).toBe(true);
  await expect.poll(() => gone).toEqual([line]);
  expect(clock.pendingTimers).toBe(0);
});

it('stays while others are answered, or a large message is under way, though it says nothing', async () => {
  forget();
  await clock.advance(3_000);
  line.judge.heard();
  await clock.advance(4_999);
  line.judge.sent(line, 600_000);
  await clock.advance(1);
  expect(line.session.destroyed).toBe(false);
  await clock.advance(8_000);
  expect(line.session.destroyed).toBe(false);
  await clock.advance(8_000);
  expect(line.session.destroyed).toBe(true);
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

async function listen(server: Server | Http2Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
