import { type TestCertificates, testCertificates } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { pipeline } from 'node:stream';
import { createServer, type TLSSocket } from 'node:tls';

/** What a client says in its handshake. */
export interface Handshake {
  readonly servername: string | false;
  /** The `CN` of its certificate. */
  readonly clientName: string | undefined;
}

/** TLS before a server that speaks none: it has seen each handshake. */
export interface TlsFront extends AsyncDisposable {
  readonly port: number;
  readonly ca: string;
  readonly handshakes: readonly Handshake[];
}

/** The name that its certificate is for. */
export const serverName = 'temporal.example';

/** @param upstream the port of 127.0.0.1 where the server behind it listens */
export async function startTlsFront(upstream: number): Promise<TlsFront> {
  const { ca, cert, key }: TestCertificates = testCertificates([serverName]);
  const handshakes: Handshake[] = [];
  const open = new Set<TLSSocket>();
  const tls = { ca, cert, key, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['h2'] };
  const server = createServer(tls, (socket) => {
    const { subject } = socket.getPeerCertificate() as { readonly subject?: { readonly CN?: string } };
    handshakes.push({
      servername: (socket as { servername?: string }).servername ?? false,
      clientName: subject?.CN,
    });
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const target = connect(upstream, '127.0.0.1');
    // It is at both ends, and each listens.
    socket.setMaxListeners(20);
    pipeline(socket, target, socket, () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    ...{ port: (server.address() as AddressInfo).port, ca, handshakes },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
