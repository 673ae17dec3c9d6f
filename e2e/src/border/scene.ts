import type { HeaderFields } from '@worker-auth/workspace/http2-frame';
/** An agent's proxy between honest workers and a Temporal, both of which others may speak beside. */
import { fakeStack, type FakeStack, testCertificates } from '@worker-auth/testing-fakes';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentProcess } from '../agent/agent-process.ts';
import { eventually } from '../fixtures/eventually.ts';
import { type TemporaryFolder, temporaryFolder } from '../fixtures/temporary-folder.ts';
import { field, message, pathOf } from './frames.ts';
import { RawProvider } from './raw-provider.ts';
import { RawTemporal } from './raw-temporal.ts';

/** A heap that holds what it needs, so that what is kept is seen soon. */
const nodeOptions = '--max-old-space-size=256 --max-semi-space-size=4';

/** What a caller hears. */
export interface Reply {
  /** Of gRPC; -1 where none came in time. */
  readonly status: number;
  readonly message: string;
  /** Headers, trailers and body. */
  readonly text: string;
  readonly ms: number;
}

export interface Question {
  readonly headers?: HeaderFields;
  readonly body?: Buffer;
  /** How long the answer is waited for, in ms. Default 10 s. */
  readonly timeoutMs?: number;
}

/** A poll of a queue for activities. */
export function pollOf(queue: string): Buffer {
  return message(Buffer.concat([field(1, 'default'), field(2, field(1, queue))]));
}

/** Of the task in the answer to a poll; empty without one. */
export function taskTokenOf({ text }: Reply): string {
  return /task-\d+/.exec(text)?.[0] ?? '';
}

export class Scene implements AsyncDisposable {
  readonly stack: FakeStack;
  readonly temporal: RawTemporal;
  /** Where the agent asks for tokens: it passes them on from the stack. */
  readonly provider: RawProvider;
  readonly agent: AgentProcess;
  /** Of the proxy, `host:port`. */
  address = '';
  /** Where the agent hands out its token. */
  readonly socket: string;
  /** All that callers heard. */
  readonly heard: string[] = [];
  readonly #folder: TemporaryFolder;
  #session: ClientHttp2Session | undefined;

  /**
   * @param set variables over those of the agent, by where it asks for tokens
   * @param isTls whether it asks over TLS
   */
  static async open(
    set: (provider: RawProvider) => Readonly<Record<string, string>> = () => ({}),
    isTls = false,
  ): Promise<Scene> {
    const [stack, temporal, folder] = await Promise.all([
      fakeStack(),
      RawTemporal.start(),
      temporaryFolder(),
    ]);
    const provider = await RawProvider.start(stack.oauth.tokenUrl, isTls);
    const trusted = isTls && { NODE_EXTRA_CA_CERTS: await folder.write('ca.pem', testCertificates().ca) };
    const scene = new Scene({ stack, temporal, provider, folder }, { ...trusted, ...set(provider) });
    const { agent } = scene;
    scene.address = await agent.proxyAddress();
    await eventually('a token', async () => (await agent.token()) !== undefined);
    return scene;
  }

  private constructor(
    {
      stack,
      temporal,
      provider,
      folder,
    }: Pick<Scene, 'stack' | 'temporal' | 'provider'> & {
      readonly folder: TemporaryFolder;
    },
    set: Readonly<Record<string, string>>,
  ) {
    this.stack = stack;
    this.temporal = temporal;
    this.provider = provider;
    this.#folder = folder;
    this.socket = join(folder.path, 'agent.sock');
    const env = {
      ...stack.env,
      WORKER_AUTH_TOKEN_URL: provider.url,
      ...set,
      TEMPORAL_ADDRESS: temporal.address,
      NODE_OPTIONS: nodeOptions,
      // What is freed goes back at once: else glibc keeps it, and it looks as if the agent did.
      MALLOC_MMAP_THRESHOLD_: '32768',
    };
    const args = ['--proxy', '127.0.0.1:0', '--any-local-user', '--listen', `unix:${this.socket}`];
    this.agent = new AgentProcess({ env, out: join(folder.path, 'token'), args });
  }

  get isAlive(): boolean {
    return this.agent.child.exitCode === null && this.agent.child.signalCode === null;
  }

  /** What nobody may see. */
  get secrets(): readonly string[] {
    const { oauth } = this.stack;
    return [...oauth.issuedTokens, oauth.clientSecret];
  }

  /** Resident memory, in MB. */
  async residentMb(): Promise<number> {
    const status = await readFile(`/proc/${this.agent.child.pid}/status`, 'utf8').catch(() => '');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024;
  }

  /** A connection of a worker. */
  connect(): ClientHttp2Session {
    return connect(`http://${this.address}`, { settings: { enablePush: false } }).on(
      'error',
      () => undefined,
    );
  }

  /** Makes a call, on the connection of a worker that is honest unless another one is given. */
  ask(method: string, question: Question = {}, session = this.#worker()): Promise<Reply> {
    const { headers = [], body = message(), timeoutMs = 10_000 } = question;
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const startMs = performance.now();
    const fields: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    const done = (): void => {
      clearTimeout(timer);
      const whole = Buffer.concat(chunks);
      const text = `${JSON.stringify(fields)}\n${whole.toString('latin1')}`;
      this.heard.push(text);
      const { 'grpc-status': status = -1, 'grpc-message': why = '' } = fields;
      resolve({
        ...{ status: Number(status), message: String(why), text },
        ms: performance.now() - startMs,
      });
    };
    const timer = setTimeout(() => {
      done();
      stream.destroy();
    }, timeoutMs);
    const stream = session
      .request({
        ...{ ':method': 'POST', ':path': pathOf(method), te: 'trailers' },
        ...{ 'content-type': 'application/grpc', 'grpc-timeout': `${timeoutMs}m` },
        'temporal-namespace': 'default',
        ...Object.fromEntries(headers),
      })
      .on('response', (incoming) => Object.assign(fields, incoming))
      .on('trailers', (incoming: IncomingHttpHeaders) => Object.assign(fields, incoming))
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('error', () => undefined)
      .once('close', done);
    stream.end(body);
    return promise;
  }

  /** Token of an activity that Temporal hands out. */
  async task(): Promise<string> {
    return taskTokenOf(await this.ask('PollActivityTaskQueue', { body: pollOf('queue') }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session?.destroy();
    await this.agent[Symbol.asyncDispose]();
    await this.temporal[Symbol.asyncDispose]();
    await this.provider[Symbol.asyncDispose]();
    await this.stack.stop();
    await this.#folder[Symbol.asyncDispose]();
  }

  #worker(): ClientHttp2Session {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed)
      this.#session = this.connect();
    return this.#session;
  }
}
