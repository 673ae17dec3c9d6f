import type { Metadata, status } from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import type { MethodName, RequestOf } from '../../src/frontend/messages.ts';
import { BytesClient, type Outcome } from './grpc.ts';

interface Codec {
  fromObject(plain: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(
    message: object,
    options: { readonly longs: NumberConstructor; readonly enums: StringConstructor },
  ): object;
}

/** How a call ended: the response as a plain object, or the error. */
export interface CallOutcome {
  readonly code: status;
  readonly details: string;
  /** 64-bit numbers as numbers, enumerated values by their names; nothing that is not set. */
  readonly answer: Record<string, unknown>;
  readonly trailers: Metadata;
}

/** Calls a frontend's methods one by one, as the SDK would. */
export class FrontendCaller implements Disposable {
  readonly #client: BytesClient;
  readonly #token: string | undefined;

  constructor(address: string, token?: string) {
    this.#client = new BytesClient(address);
    this.#token = token;
  }

  /** Never rejects. The signal cancels the call. */
  async call<Method extends MethodName>(
    method: Method,
    request: RequestOf<Method>,
    signal?: AbortSignal,
  ): Promise<CallOutcome> {
    const name = method.charAt(0).toUpperCase() + method.slice(1);
    const requestType = typeOf(`${name}Request`);
    const body = Buffer.from(requestType.encode(requestType.fromObject(request as object)).finish());
    const outcome = await this.#client.unary(name, {
      body,
      token: this.#token,
      onCall: (call) => {
        signal?.addEventListener('abort', () => {
          call.cancel();
        });
      },
    });
    return { ...outcome, answer: decoded(`${name}Response`, outcome) };
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}

function decoded(typeName: string, { body }: Outcome): Record<string, unknown> {
  if (body === undefined) return {};
  const type = typeOf(typeName);
  return type.toObject(type.decode(body), { longs: Number, enums: String }) as Record<string, unknown>;
}

function typeOf(name: string): Codec {
  const root = proto as unknown as { lookupType(path: string): Codec };
  return root.lookupType(`temporal.api.workflowservice.v1.${name}`);
}
