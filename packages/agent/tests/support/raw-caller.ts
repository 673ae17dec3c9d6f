import { type EventEmitter, once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { preface, settingsFrame } from '@worker-auth/workspace/http2-frame';
import { onTestFinished } from 'vitest';

/** A connection of a worker, which ends with the test. */
export function openSession(address: string): ClientHttp2Session {
  // Node's default of 10 MB has it reset a call whose answer comes before it has sent as much.
  const session = connect(`http://${address}`, { maxSessionMemory: 1_000 }).on('error', () => undefined);
  onTestFinished(() => {
    session.destroy();
  });
  return session;
}

/** What the caller of a call hears: header fields and trailers, or the code of a reset. */
export async function hear(
  address: string,
  headers: Record<string, string>,
  body: Buffer = Buffer.alloc(5),
): Promise<IncomingHttpHeaders | number> {
  const stream = openSession(address).request({
    ':method': 'POST',
    'content-type': 'application/grpc',
    ...headers,
  });
  const heard: IncomingHttpHeaders = {};
  const read = (fields: IncomingHttpHeaders): void => void Object.assign(heard, fields);
  stream
    .on('response', read)
    .on('trailers', read)
    .on('error', () => undefined);
  stream.resume().end(body);
  await closed(stream);
  return ':status' in heard ? heard : stream.rstCode;
}

/** What a call with these headers comes to; `closed` where it has no answer. */
export async function ask(...call: Parameters<typeof hear>): Promise<string> {
  const heard = await hear(...call);
  return String((typeof heard === 'object' ? heard['grpc-status'] : undefined) ?? 'closed');
}

/** An HTTP/2 connection without a library: the preface and its settings were sent. */
export async function openRaw(address: string): Promise<Socket> {
  const [host, port] = address.split(':');
  const socket = connectTcp(Number(port), host).on('error', () => undefined);
  await once(socket, 'connect');
  socket.resume();
  socket.write(preface);
  socket.write(settingsFrame());
  return socket;
}

/** Whatever error comes before. */
export function closed(connection: EventEmitter): Promise<unknown> {
  return new Promise((resolve) => connection.once('close', resolve));
}
