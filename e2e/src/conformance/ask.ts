import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';

/** How a call ended, as a gRPC client sees it. */
export interface Ending {
  readonly httpStatus: number | undefined;
  /** gRPC's code, or nothing when there was none. */
  readonly code: number | undefined;
  readonly message: string | undefined;
}

/** A request that names the namespace `default` in field 1, in gRPC's frame. */
const namespaceRequest = Buffer.from([0, 0, 0, 0, 9, 0x0a, 7, ...Buffer.from('default')]);

/** A client that sends what no gRPC library would. */
export class Asker implements Disposable {
  readonly #session: ClientHttp2Session;

  /** @param address `host:port` of a server without TLS */
  constructor(address: string) {
    const options = { strictFieldWhitespaceValidation: false, strictSingleValueFields: false };
    this.#session = connect(`http://${address}`, options);
    this.#session.on('error', () => undefined);
  }

  /** One unary call whose request names the namespace `default`, and nothing else. */
  ask(path: string, authorization: readonly string[]): Promise<Ending> {
    return new Promise((resolve) => {
      const fields: string[] = [
        ':method',
        'POST',
        ':path',
        path,
        'content-type',
        'application/grpc',
        'te',
        'trailers',
      ];
      const stream = this.#session.request([
        ...fields,
        ...authorization.flatMap((value) => ['authorization', value]),
      ]);
      let httpStatus: number | undefined;
      let ending: IncomingHttpHeaders = {};
      const read = (headers: IncomingHttpHeaders): void => {
        httpStatus ??= Number(headers[':status']);
        ending = { ...ending, ...headers };
      };
      stream
        .on('response', read)
        .on('trailers', read)
        .on('error', () => undefined);
      stream.once('close', () => {
        const code = ending['grpc-status'];
        const message = ending['grpc-message'];
        resolve({
          httpStatus,
          code: code === undefined ? undefined : Number(code),
          message: message === undefined ? undefined : decodeURIComponent(String(message)),
        });
      });
      stream.resume().end(namespaceRequest);
    });
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}
