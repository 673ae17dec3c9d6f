import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What it does with a connection. */
const manners = {
  /** As a server does that is starting, or a proxy whose upstream is away. */
  closes: (socket: Socket) => socket.destroy(),
  /** An ordinary web server. It leaves the end to the client: a reset could overtake its answer. */
  http1: (socket: Socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
} as const;

/** Starts a server on 127.0.0.1 that speaks neither TLS nor HTTP/2. */
export async function startRawServer(
  manner: keyof typeof manners,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    manners[manner](socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
