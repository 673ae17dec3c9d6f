import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server that speaks neither TLS nor HTTP/2. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
}

const badRequest = 'HTTP/1.1 400 Bad Request\r\n\r\n';

/** What it does with a connection. */
const manners = {
  /** As a server does that is starting, or a proxy whose upstream is away. */
  closes: (socket: Socket) => socket.destroy(),
  /** An ordinary web server. It leaves the end to the client: a reset could overtake its answer. */
  http1: (socket: Socket) => socket.once('data', () => socket.write(badRequest)),
  /** The same, after the first call: of an earlier answer Core may say only that the connection was closed. */
  http1AfterCall: (socket: Socket) => {
    let received = Buffer.alloc(0);
    socket.on('data', (data) => {
      const hadCall = hasCall(received);
      received = Buffer.concat([received, data]);
      if (!hadCall && hasCall(received)) socket.write(badRequest);
    });
  },
} as const;

/** Starts one on 127.0.0.1. */
export async function startRawServer(manner: keyof typeof manners): Promise<RawServer> {
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

/** Whether a HEADERS frame (RFC 9113, section 6.2) has come, or something that is no HTTP/2: a TLS handshake. */
function hasCall(received: Buffer): boolean {
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  const frameHeaderLength = 9;
  if (received.length > 0 && !received.toString('latin1').startsWith('PRI')) return true;
  for (let at = preface.length; at + frameHeaderLength <= received.length;) {
    if (received[at + 3] === 1) return true;
    at += frameHeaderLength + received.readUIntBE(at, 3);
  }
  return false;
}
