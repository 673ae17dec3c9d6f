import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { readFirstMessage, stringField } from './first-message.ts';
import { shortName } from './method-pattern.ts';

/** One RPC as it came in. */
export class Rpc {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** Aborted when the server stops. */
  readonly signal: AbortSignal;
  #begun: Buffer | undefined;
  #beginning: Promise<Buffer> | undefined;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    signal: AbortSignal,
  ) {
    this.stream = stream;
    this.headers = headers;
    this.rawHeaders = rawHeaders;
    this.signal = signal;
  }

  /** `/package.Service/Method` */
  get path(): string {
    return this.headers[':path'] ?? '';
  }

  /** The method's short name, such as `PollWorkflowTaskQueue`. */
  get method(): string {
    return shortName(this.path);
  }

  /** What has been read of the body so far: nothing, or all up to the end of the first message, and perhaps more. */
  get begun(): Buffer | undefined {
    return this.#begun;
  }

  /** Whether nobody waits for an answer any more: the caller has left, or the server was stopped. */
  isOver(): boolean {
    return this.signal.aborted || this.stream.closed || this.stream.destroyed;
  }

  /** Reads the body up to the end of the first message, once; what lies behind stays in the stream. */
  begin(): Promise<Buffer> {
    this.#beginning ??= readFirstMessage(this.stream).then((bytes) => (this.#begun = bytes));
    return this.#beginning;
  }

  /** The string in a field of the first message; `''` when it is not there or cannot be read. */
  async stringField(fieldNumber: number): Promise<string> {
    return stringField(await this.begin(), fieldNumber, this.headers['grpc-encoding']?.toString());
  }
}
