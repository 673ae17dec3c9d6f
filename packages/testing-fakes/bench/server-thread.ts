// Runs one server in a thread of its own, so that no two of them share a turn of an event loop.
import { TemporalAuthGateway } from '../src/gateway/temporal-auth-gateway.ts';
import { once } from 'node:events';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { ServerThreadData } from './server-threads.ts';

/** A gRPC message without fields. */
const emptyMessage = Buffer.alloc(5);

parentPort?.postMessage(await start(workerData as ServerThreadData));

async function start(data: ServerThreadData): Promise<string> {
  switch (data.kind) {
    case 'upstream':
      return listen(upstream());
    case 'relay':
      return listen(relay(data.upstream));
    case 'gateway':
      return (await TemporalAuthGateway.start(data.options)).address;
  }
}

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** In the place of a Temporal frontend: answers every call at once with an empty message. */
function upstream(): Server {
  const server = createHttp2Server();
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': '0' });
    });
    stream.resume().end(emptyMessage);
  });
  return server;
}

/** Hands on the bytes of a connection, and looks at nothing: what a second hop costs whatever it does. */
function relay(address: string): Server {
  const { hostname, port } = new URL(`http://${address}`);
  return createServer({ noDelay: true }, (socket) => {
    const onward = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.pipe(onward).pipe(socket);
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
  });
}
