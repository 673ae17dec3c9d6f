import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { FakeTemporalFrontend } from '../../src/frontend/fake-temporal-frontend.ts';
import { LoopbackServer } from '../../src/server/loopback-server.ts';

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
