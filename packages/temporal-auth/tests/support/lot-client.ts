import { once } from 'node:events';
import {
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { ParkingLot } from '../../src/worker/parking/parking-lot.ts';

/** What a call came to. */
export interface LotAnswer {
  readonly status: number;
  readonly text: string | undefined;
  readonly message: Uint8Array;
}

/** Calls a lot as Temporal's Core does. */
export interface LotClient extends AsyncDisposable {
  /** @param headers besides those of every call; by default those that the lot asks for */
  call(method: string, headers?: OutgoingHttpHeaders): Promise<LotAnswer>;
  /** Calls, and leaves before there is an answer, with one of HTTP/2's error codes; by default without. */
  callAndLeave(method: string, code?: number): Promise<void>;
  /** Calls with a message of so many bytes; resolves when the lot has taken them, and leaves then. */
  upload(method: string, bytes: number): Promise<void>;
}

export function lotClient(lot: ParkingLot): LotClient {
  const session = connect(`http://${lot.address}`);
  session.on('error', () => undefined);
  const request = (method: string, headers: OutgoingHttpHeaders, bytes = 0): ClientHttp2Stream => {
    const path = `/temporal.api.workflowservice.v1.WorkflowService/${method}`;
    return session.request({ ':method': 'POST', ':path': path, ...headers }).end(Buffer.alloc(5 + bytes));
  };
  return {
    call: (method, headers = lot.metadata) => answerOf(request(method, headers)),
    callAndLeave: async (method, code) => {
      const before = lot.held;
      const stream = request(method, lot.metadata);
      while (lot.held === before) await new Promise(setImmediate);
      stream.on('error', () => undefined).close(code);
      await new Promise((resolve) => stream.once('close', resolve));
    },
    upload: async (method, bytes) => {
      const stream = request(method, lot.metadata, bytes);
      await once(stream, 'finish');
      stream.close();
    },
    [Symbol.asyncDispose]: async () => {
      if (session.destroyed) return;
      const closed = once(session, 'close');
      session.destroy();
      await closed;
    },
  };
}

async function answerOf(stream: ClientHttp2Stream): Promise<LotAnswer> {
  let fields: IncomingHttpHeaders = {};
  const take = (headers: IncomingHttpHeaders): void => void (fields = { ...fields, ...headers });
  stream.on('response', take).on('trailers', take);
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  const text = fields['grpc-message'];
  const body = Buffer.concat(chunks);
  return {
    status: Number(fields['grpc-status']),
    text: text === undefined ? undefined : String(text),
    // Behind a flag and its length, if there is one.
    message: body.subarray(5, 5 + (body.length > 0 ? body.readUInt32BE(1) : 0)),
  };
}
