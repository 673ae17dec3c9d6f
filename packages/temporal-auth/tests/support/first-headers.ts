import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** Starts a server on 127.0.0.1 that answers no call, and shows the header fields of the first one. */
export async function startHeadersServer(): Promise<
  AsyncDisposable & { readonly port: number; readonly headers: Promise<IncomingHttpHeaders> }
> {
  const first = Promise.withResolvers<IncomingHttpHeaders>();
  const server = createServer();
  const sessions = new AsyncDisposableStack();
  server.on('session', (session) => {
    sessions.defer(() => {
      session.destroy();
    });
  });
  server.on('stream', (stream, headers) => {
    first.resolve(headers);
    stream.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    headers: first.promise,
    [Symbol.asyncDispose]: async () => {
      await sessions.disposeAsync();
      server.close();
    },
  };
}
