import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { messageOf, type NamedTask, namedTask, readFirstMessage, stringField } from './first-message.ts';
import { shortName } from './method-pattern.ts';
import { methodAccess } from './methods.ts';

/** Header fields that are no metadata of the caller, and the one that is secret. */
const ownFields =
  /^(?::|grpc-|te$|accept-encoding$|content-type$|content-length$|user-agent$|authorization$)/;

/** The methods whose requests begin with the token of a task. */
const withTask =
  /^(?:RespondActivityTask(?:Completed|Failed|Canceled)|RespondWorkflowTask\w+|RecordActivityTaskHeartbeat)$/;

/** Called when there is a response: what to wait for until it is sent, or the caller has left. */
export type ResponseDue = () => unknown;

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

  get path(): string {
    return this.headers[':path'] ?? '';
  }

  get method(): string {
    return shortName(this.path);
  }

  /** The values of a header field, one for each time that it occurs. */
  fields(name: string): readonly string[] {
    return this.rawHeaders.filter((_, index) => index % 2 === 1 && this.rawHeaders[index - 1] === name);
  }

  /** What the caller sent along: the header fields that are neither HTTP's nor gRPC's own, without the token. */
  get metadata(): Readonly<Record<string, string>> {
    const fields = Object.entries(this.headers).filter(([name]) => !ownFields.test(name));
    return Object.fromEntries(fields.map(([name, value]) => [name, String(value)]));
  }

  /** What has been read of the body so far: nothing, or all up to the end of the first message, and perhaps more. */
  get begun(): Buffer | undefined {
    return this.#begun;
  }

  /** Whether nobody waits for a response any more: the caller has left, or the server was stopped. */
  isOver(): boolean {
    return this.signal.aborted || this.stream.closed || this.stream.destroyed;
  }

  /** Reads the body up to the end of the first message, once; what lies behind stays in the stream. */
  begin(): Promise<Buffer> {
    this.#beginning ??= readFirstMessage(this.stream).then((bytes) => (this.#begun = bytes));
    return this.#beginning;
  }

  /**
   * The first message, decompressed.
   *
   * @throws Error when it cannot be read
   */
  async message(): Promise<Buffer> {
    return messageOf(await this.begin(), this.headers['grpc-encoding']?.toString());
  }

  /** The namespace that the request names; `undefined` for a method that is about none. */
  async namespace(): Promise<string | undefined> {
    const access = methodAccess(this.path);
    return access?.scope === 'namespace' ? this.stringField(access.namespaceField) : undefined;
  }

  /** The task that it is about; `undefined` for a method about none, and for a token that is not a Temporal server's. */
  async task(): Promise<NamedTask | undefined> {
    if (!withTask.test(this.method)) return undefined;
    return namedTask(await this.begin(), this.headers['grpc-encoding']?.toString());
  }

  /** The string in a field of the first message; `''` when it is not there or cannot be read. */
  async stringField(fieldNumber: number): Promise<string> {
    return stringField(await this.begin(), fieldNumber, this.headers['grpc-encoding']?.toString());
  }
}
