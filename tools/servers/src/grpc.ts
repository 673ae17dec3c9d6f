import { connect } from 'node:http2';

/** How a unary gRPC call ended. */
export interface GrpcResponse {
  /** https://grpc.github.io/grpc/core/md_doc_statuscodes.html; undefined when the server sent none. */
  readonly status: number | undefined;
  /** The protobuf bytes of the response, without gRPC's five-byte frame. */
  readonly message: Buffer;
}

/**
 * One unary gRPC call over plain HTTP/2: enough to see whether a server answers, without a gRPC library.
 *
 * @param path `/package.Service/Method`
 * @param request protobuf bytes
 */
export async function grpcCall(
  address: string,
  path: string,
  request: Uint8Array,
  signal: AbortSignal,
): Promise<GrpcResponse> {
  const session = connect(`http://${address}`);
  try {
    return await new Promise<GrpcResponse>((resolve, reject) => {
      session.once('error', reject);
      const stream = session.request(
        { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
        { signal },
      );
      const chunks: Buffer[] = [];
      let status: number | undefined;
      const readStatus = (headers: Record<string, unknown>): void => {
        if ('grpc-status' in headers) status = Number(headers['grpc-status']);
      };
      stream.on('response', readStatus).on('trailers', readStatus);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('error', reject);
      stream.once('end', () => {
        resolve({ status, message: Buffer.concat(chunks).subarray(5) });
      });
      stream.end(frame(request));
    });
  } finally {
    session.destroy();
  }
}

/** @returns the protobuf bytes of a message whose field 1 is this string of fewer than 128 bytes */
export function stringMessage(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]);
}

/** gRPC's length-prefixed message: no compression, four bytes of length, the message. */
function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
