import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';

/** A request that names the namespace `default` in field 1, in gRPC's frame. */
const request = Buffer.from([0, 0, 0, 0, 9, 0x0a, 7, ...Buffer.from('default')]);
const path = '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';

/** A way to the frontend, over one connection. */
export class Route implements Disposable {
  readonly name: string;
  readonly #session: ClientHttp2Session;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(name: string, address: string, token: string) {
    this.name = name;
    this.#session = connect(`http://${address}`);
    this.#headers = {
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: `Bearer ${token}`,
    };
  }

  /** One unary call. */
  call(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request(this.#headers);
      let status: unknown;
      const read = (fields: IncomingHttpHeaders): void => {
        status = fields['grpc-status'];
      };
      stream.on('response', read).on('trailers', read);
      stream.once('error', reject);
      stream.once('close', () => {
        if (status === '0') resolve();
        else reject(new Error(`${this.name}: status ${String(status)}`));
      });
      stream.resume().end(request);
    });
  }

  /** Microseconds of a call, when each waits for the one before: the mean of so many. */
  async latency(calls: number): Promise<number> {
    const start = performance.now();
    for (let i = 0; i < calls; i++) await this.call();
    return ((performance.now() - start) * 1_000) / calls;
  }

  /** Calls a second, with so many under way at any time. */
  async throughput(calls: number, concurrency: number): Promise<number> {
    const start = performance.now();
    let left = calls;
    const caller = async (): Promise<void> => {
      while (left-- > 0) await this.call();
    };
    await Promise.all(Array.from({ length: concurrency }, caller));
    return (calls * 1_000) / (performance.now() - start);
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}
