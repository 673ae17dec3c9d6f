// webpack replaces a `createRequire` that is imported by its name.
import nodeModule from 'node:module';
import { join } from 'node:path';
import { grpcStatusCodes } from '../grpc/responses.ts';
import type { MethodName } from './messages.ts';
import type { ErrorDetail, RpcError } from './rpc-error.ts';

interface MessageType {
  decode(bytes: Uint8Array): object;
  fromObject(plain: object): object;
  encode(message: object): { finish(): Uint8Array };
}

interface Root {
  lookupType(path: string): MessageType;
}

export class Protos {
  readonly #root: Root;

  constructor(root: Root) {
    this.#root = root;
  }

  /** @throws Error when the bytes are no such message */
  decodeRequest(method: MethodName, body: Uint8Array): object {
    return this.#ofMethod(method, 'Request').decode(body);
  }

  encodeResponse(method: MethodName, response: object): Uint8Array {
    return this.#encode(this.#ofMethod(method, 'Response'), response);
  }

  /** The `google.rpc.Status` that goes into `grpc-status-details-bin`. */
  encodeStatus({ status, message }: RpcError, detail: ErrorDetail): string {
    const details = [this.#pack(detail)];
    const code = grpcStatusCodes[status];
    const encoded = this.#encode(this.#root.lookupType('google.rpc.Status'), { code, message, details });
    // Binary metadata goes without padding.
    return Buffer.from(encoded).toString('base64').replaceAll('=', '');
  }

  #pack({ type, value }: ErrorDetail): object {
    const name = `temporal.api.errordetails.v1.${type}`;
    const bytes = this.#encode(this.#root.lookupType(name), value);
    return { type_url: `type.googleapis.com/${name}`, value: bytes };
  }

  #ofMethod(method: MethodName, suffix: 'Request' | 'Response'): MessageType {
    const name = method.charAt(0).toUpperCase() + method.slice(1);
    return this.#root.lookupType(`temporal.api.workflowservice.v1.${name}${suffix}`);
  }

  #encode(type: MessageType, plain: object): Uint8Array {
    return type.encode(type.fromObject(plain)).finish();
  }
}

/**
 * Loads Temporal's messages, which are an optional peer.
 *
 * @throws Error when `@temporalio/proto` is not installed
 */
export async function loadProtos(): Promise<Protos> {
  try {
    // eslint-disable-next-line house/syntax -- the package declares its messages, but not that they are reflected
    return new Protos((await import('@temporalio/proto')).default as unknown as Root);
  } catch (error) {
    try {
      // What the project has already, `npx` does not put beside this package.
      const load = nodeModule.createRequire(join(process.cwd(), 'package.json'));
      return new Protos(load('@temporalio/proto') as Root);
    } catch {
      throw new Error(
        'FakeTemporalFrontend needs the messages of Temporal: install @temporalio/proto in the version of your other @temporalio packages',
        { cause: error },
      );
    }
  }
}
