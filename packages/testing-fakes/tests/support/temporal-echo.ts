import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type MethodDefinition,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { BIDI_STREAM, bytes, HEALTH_CHECK, WORKFLOW_SERVICE } from './grpc.ts';

type UnaryCall = ServerUnaryCall<Buffer, Buffer>;
type Reply = sendUnaryData<Buffer>;

const ECHOED = [
  'DescribeNamespace',
  'GetClusterInfo',
  'GetSystemInfo',
  'RespondActivityTaskCompleted',
  'StartWorkflowExecution',
  'UpdateNamespace',
].map((name) => `${WORKFLOW_SERVICE}/${name}`);

/**
 * A gRPC server in the place of a Temporal frontend: it authorizes nothing. Most methods answer with their request.
 * `PollWorkflowTaskQueue` holds its calls in `polls`; `QueryWorkflow` fails with details.
 */
export class TemporalEcho implements AsyncDisposable {
  readonly #server = new Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  });
  readonly polls: { readonly call: UnaryCall; readonly answer: (body: Buffer) => void }[] = [];
  #port = 0;

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** @param port 0 for one that the system hands out */
  static async start(port = 0): Promise<TemporalEcho> {
    const echo = new TemporalEcho();
    for (const path of [HEALTH_CHECK, ...ECHOED]) echo.#unary(path, echoUnary);
    echo.#unary(`${WORKFLOW_SERVICE}/QueryWorkflow`, failUnary);
    echo.#unary(`${WORKFLOW_SERVICE}/PollWorkflowTaskQueue`, (call, reply) => {
      echo.polls.push({
        call,
        answer: (body) => {
          reply(null, body);
        },
      });
    });
    echo.#server.addService({ stream: definition(BIDI_STREAM, true) }, { stream: echoStream });
    echo.#port = await new Promise<number>((resolve, reject) => {
      echo.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return echo;
  }

  /** Lets calls end, and rejects new ones: the clients get GOAWAY. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.tryShutdown(() => {
        resolve();
      });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    const ended = this.drain();
    this.#server.forceShutdown();
    return ended;
  }

  #unary(path: string, handler: (call: UnaryCall, reply: Reply) => void): void {
    this.#server.addService({ method: definition(path, false) }, { method: handler });
  }
}

function echoUnary(call: UnaryCall, reply: Reply): void {
  reply(null, call.request);
}

function failUnary(_call: UnaryCall, reply: Reply): void {
  const trailers = new Metadata();
  trailers.set('grpc-status-details-bin', Buffer.from([0, 1, 2, 255]));
  reply({ code: status.NOT_FOUND, details: 'no such workflow: 100 % sure', metadata: trailers });
}

function echoStream(call: ServerDuplexStream<Buffer, Buffer>): void {
  call.on('data', (message: Buffer) => call.write(message));
  call.on('end', () => {
    call.end();
  });
}

function definition(path: string, streaming: boolean): MethodDefinition<Buffer, Buffer> {
  return {
    ...{ path, requestStream: streaming, responseStream: streaming },
    ...{ requestSerialize: bytes, requestDeserialize: bytes },
    ...{ responseSerialize: bytes, responseDeserialize: bytes },
  };
}
