import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { FakeTemporalFrontend } from '../../src/frontend/fake-temporal-frontend.ts';
import { fetchJson } from '../../src/server/fetch-json.ts';
import { Gate } from '../../src/server/gate.ts';
import { hostClock } from '../../src/server/host-clock.ts';
import { type LoopbackHandler, LoopbackServer } from '../../src/server/loopback-server.ts';

/** Whether the system may choose the port for somebody else. */
async function isFree(port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return !(await readFile('/proc/net/tcp', 'utf8').catch(() => '')).includes(` 0100007F:${hex} `);
}

function codeOfConnecting(port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve('connected');
      socket.destroy();
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code);
    });
  });
}

it.each([
  ['an HTTP server', () => LoopbackServer.start(() => undefined)],
  ['a Temporal frontend', () => FakeTemporalFrontend.start()],
] as const)(
  'the port of %s that has stopped refuses, is given to nobody else, and can be asked for',
  async (_, start) => {
    const server = await start();
    const { port } = server;
    for (let round = 0; round < 2; round++) {
      await server.stop();
      expect(await codeOfConnecting(port)).toBe('ECONNREFUSED');
      expect(await isFree(port)).toBe(process.platform !== 'linux');
      await server.restart();
      expect(await codeOfConnecting(port)).toBe('connected');
    }
    await server.stop();
    await using other = await LoopbackServer.start(() => undefined, { port });
    expect(await codeOfConnecting(other.port)).toBe('connected');
  },
);

it('fires its timers, but for those that are cancelled', async () => {
  const fired: string[] = [];
  hostClock.startTimer(() => fired.push('cancelled'), 1).cancel();
  await new Promise<void>((resolve) => {
    hostClock.startTimer(resolve, 1);
    // The timer keeps no process alive, and a test has nothing else that does.
    const alive = setInterval(() => undefined, 1_000);
    hostClock.startTimer(() => {
      clearInterval(alive);
    }, 2);
  });
  expect(fired).toEqual([]);
});

async function hasPassed(passing: Promise<void>): Promise<boolean> {
  let passed = false;
  void passing.then(() => {
    passed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return passed;
}

it('holds until all holds are released', async () => {
  const gate = new Gate();
  const [first, second] = [gate.hold(), gate.hold()];
  const passing = gate.pass();
  second();
  expect(await hasPassed(passing)).toBe(false);
  first();
  await passing;
});

async function serve(handler: LoopbackHandler, tls = false): Promise<{ server: LoopbackServer; url: URL }> {
  const server = await LoopbackServer.start(handler, { tls });
  onTestFinished(() => server.stop());
  return { server, url: new URL(server.url) };
}

it.each([false, true])('asks for JSON on a connection of its own, with TLS: %s', async (tls) => {
  const { url } = await serve(({ headers }, response) => {
    response.end(JSON.stringify([headers.accept, headers.connection]));
  }, tls);
  expect(await fetchJson(url)).toEqual(['application/json', 'close']);
});

it.each([
  ['another status', 404, '{}', 'Status 404'],
  ['no JSON', 200, '<p>', 'is not valid JSON'],
])('rejects for %s', async (_what, status, body, message) => {
  const { url } = await serve((_request, response) => void response.writeHead(status).end(body));
  await expect(fetchJson(url)).rejects.toThrow(message);
});

it('rejects when nobody listens, and when the caller leaves', async () => {
  const { server, url } = await serve(() => undefined);
  const leaving = new AbortController();
  const left = fetchJson(url, leaving.signal);
  await expect.poll(() => server.openConnections).toBe(1);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ name: 'AbortError' });
  await server.stop();
  await expect(fetchJson(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
