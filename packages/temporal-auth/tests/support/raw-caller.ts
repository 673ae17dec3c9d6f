import { type EventEmitter, once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { http2Frame } from '@worker-auth/workspace/http2-frame';

/** What a call with these headers comes to; `closed` where it has no answer. */
export function ask(
  address: string,
  headers: Record<string, string>,
  body: Buffer = Buffer.alloc(5),
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const session = connect(`http://${address}`).on('error', () => undefined);
  const stream = session.request({ ':method': 'POST', 'content-type': 'application/grpc', ...headers });
  const read = ({ 'grpc-status': code }: IncomingHttpHeaders): void => {
    if (code !== undefined) resolve(String(code));
  };
  stream.on('response', read).on('trailers', read);
  stream.on('close', () => {
    resolve('closed');
    session.close();
  });
  stream.on('error', () => undefined);
  stream.resume().end(body);
  return promise;
}

/** An HTTP/2 connection without a library: the preface and its settings were sent. */
export async function openRaw(address: string): Promise<Socket> {
  const [host, port] = address.split(':');
  const socket = connectTcp(Number(port), host).on('error', () => undefined);
  await once(socket, 'connect');
  socket.resume();
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(http2Frame(4, 0, 0));
  return socket;
}

/** Whatever error comes before. */
export function closed(connection: EventEmitter): Promise<unknown> {
  return new Promise((resolve) => connection.once('close', resolve));
}
