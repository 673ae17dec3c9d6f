import { link, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { isLocal, listen, readListenAddress } from '../src/token-server.ts';

let socket: string;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "agent #%41 é' "));
  socket = join(folder, 'agent.sock');
  return () => rm(folder, { recursive: true });
});

function made(): Server {
  const server = createServer();
  onTestFinished(() => void server.close());
  return server;
}

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

it.each([
  ['127.0.0.1:7070', { host: '127.0.0.1', port: 7_070 }],
  ['localhost:65535', { host: 'localhost', port: 65_535 }],
  ['[::1]:7070', { host: '::1', port: 7_070 }],
  ['[FE80::1]:0', { host: 'FE80::1', port: 0 }],
  ['unix:/run/agent.sock', { socket: '/run/agent.sock' }],
  ['7070', undefined],
  [':7070', undefined],
  ['127.0.0.1:', undefined],
  ['127.0.0.1:70700', undefined],
  ['127.0.0.1:070700', undefined],
  ['127.0.0.1:70x', undefined],
  ['a b:70', undefined],
  ['::1:7070', undefined],
  ['unix:agent.sock', undefined],
  ['unix:/', undefined],
  ['x-unix:/run/agent.sock', undefined],
])('reads the address %s', (text, address) => {
  expect(readListenAddress(text)).toEqual(address);
});

it.each([
  [{ host: '127.0.0.1', port: 1 }, true],
  [{ host: '0.0.0.0', port: 1 }, false],
  [{ socket: '/run/agent.sock' }, true],
])('knows who reaches %j', (address, expected) => {
  expect(isLocal(address)).toBe(expected);
});

it.each(['127.0.0.1', '::1'])(
  'says the port that it was given at %s, and rejects where it is taken',
  async (host) => {
    const url = await listen(made(), { host, port: 0 }, undefined);
    const [, port] = /^http:\/\/(?:127\.0\.0\.1|\[::1\]):(\d+)$/.exec(url) ?? [];
    expect(Number(port)).toBeGreaterThan(0);
    await expect(listen(made(), { host, port: Number(port) }, undefined)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  },
);

it('opens its socket to this user alone, and leaves the mask of the process', async () => {
  const mask = process.umask(0o022);
  const left = (): number => process.umask(0o022);
  onTestFinished(() => void process.umask(mask));
  expect(await listen(made(), { socket }, undefined)).toBe(`unix:${socket}`);
  expect(await modeOf(socket)).toBe(0o600);
  expect(left()).toBe(0o022);
  await expect(listen(made(), { socket: `${socket}/x` }, undefined)).rejects.toThrow('ENOTDIR');
  expect(left()).toBe(0o022);
});

it('opens its socket to a group', async () => {
  const groupId = process.getgid?.() ?? 0;
  await listen(made(), { socket }, groupId);
  const { uid, gid } = await stat(socket);
  expect([await modeOf(socket), uid, gid]).toEqual([0o660, process.getuid?.(), groupId]);
});

it('takes the place of no file that is no socket', async () => {
  await writeFile(socket, 'notes');
  await expect(listen(made(), { socket }, undefined)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(await readFile(socket, 'utf8')).toBe('notes');
});

it('takes the place of an agent that was killed, and of no running one', async () => {
  const running = createPlainServer();
  await once(running.listen(`${socket}.first`), 'listening');
  await link(`${socket}.first`, socket);
  const asked = once(running, 'connection').then(([connection]: unknown[]) =>
    once(connection as NodeJS.EventEmitter, 'close'),
  );
  running.on('connection', (connection) => connection.resume().on('error', () => undefined));
  await expect(listen(made(), { socket }, undefined)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  // It was not left with a connection.
  await asked;
  running.close();
  await once(running, 'close');
  expect(await listen(made(), { socket }, undefined)).toBe(`unix:${socket}`);
});
