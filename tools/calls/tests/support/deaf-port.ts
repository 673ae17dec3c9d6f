import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';

const program = `
const { createServer } = require('node:net');
const { parentPort } = require('node:worker_threads');
const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/** The system completes so many connections itself, one more than the backlog; the rest it lets wait. */
const completed = 2;

/** Opens a port on 127.0.0.1 at which nobody accepts: as where no route leads to, a connection neither comes about nor fails. */
export async function openDeafPort(): Promise<AsyncDisposable & { readonly port: number }> {
  const thread = new Worker(program, { eval: true });
  const [port] = (await once(thread, 'message')) as [number];
  const sockets = Array.from({ length: completed }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.on('error', () => undefined).destroy();
      await thread.terminate();
    },
  };
}
