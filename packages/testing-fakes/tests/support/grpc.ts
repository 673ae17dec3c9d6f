import {
  Client,
  credentials,
  Metadata,
  type status,
  type ClientDuplexStream,
  type ClientUnaryCall,
} from '@grpc/grpc-js';

export const WORKFLOW_SERVICE = '/temporal.api.workflowservice.v1.WorkflowService';
export const HEALTH_CHECK = '/grpc.health.v1.Health/Check';
export const BIDI_STREAM =
  '/temporal.server.api.adminservice.v1.AdminService/StreamWorkflowReplicationMessages';

/** How a unary call ended. */
export interface Outcome {
  readonly code: status;
  readonly details: string;
  readonly body: Buffer | undefined;
  readonly metadata: Metadata;
  readonly trailers: Metadata;
}

export interface CallSettings {
  readonly token?: string | undefined;
  readonly metadata?: Metadata;
  readonly body?: Buffer;
  readonly onCall?: (call: ClientUnaryCall) => void;
}

export function bytes(value: Buffer): Buffer {
  return value;
}

/** A request message that names a namespace in a field, and nothing else. */
export function requestFor(namespace: string, field = 1): Buffer {
  const name = Buffer.from(namespace);
  return Buffer.concat([Buffer.from([(field << 3) | 2, name.length]), name]);
}

/** A gRPC client that sends and receives bytes. */
export class BytesClient implements Disposable {
  readonly #client: Client;

  /** @param rootCertificate PEM; with it, the client speaks TLS and trusts no other, for the name `localhost` */
  constructor(address: string, rootCertificate?: string) {
    const security =
      rootCertificate === undefined
        ? credentials.createInsecure()
        : credentials.createSsl(Buffer.from(rootCertificate));
    this.#client = new Client(address, security, {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
      ...(rootCertificate === undefined ? {} : { 'grpc.ssl_target_name_override': 'localhost' }),
    });
  }

  /** Calls a method of WorkflowService, or the one at `method` when that is a path. Never rejects. */
  unary(method: string, settings: CallSettings = {}): Promise<Outcome> {
    const path = method.startsWith('/') ? method : `${WORKFLOW_SERVICE}/${method}`;
    return new Promise((resolve) => {
      let initial = new Metadata();
      let body: Buffer | undefined;
      const call = this.#client.makeUnaryRequest(
        path,
        bytes,
        bytes,
        settings.body ?? requestFor('default'),
        metadataOf(settings),
        (_error, answer) => {
          body = answer;
        },
      );
      call.on('metadata', (metadata) => {
        initial = metadata;
      });
      call.on('status', ({ code, details, metadata }) => {
        resolve({ code, details, body, metadata: initial, trailers: metadata });
      });
      settings.onCall?.(call);
    });
  }

  bidirectional(settings: CallSettings = {}): ClientDuplexStream<Buffer, Buffer> {
    return this.#client.makeBidiStreamRequest(BIDI_STREAM, bytes, bytes, metadataOf(settings));
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function metadataOf({ token, metadata }: CallSettings): Metadata {
  const all = metadata?.clone() ?? new Metadata();
  if (token !== undefined) all.set('authorization', `Bearer ${token}`);
  return all;
}
