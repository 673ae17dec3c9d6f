import type { TemporalAuthGatewayOptions } from '../src/gateway/temporal-auth-gateway.ts';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Which server a thread runs. */
export type ServerThreadData =
  | { readonly kind: 'upstream' }
  | { readonly kind: 'relay'; readonly upstream: string }
  | { readonly kind: 'gateway'; readonly options: TemporalAuthGatewayOptions };

const program = fileURLToPath(new URL('server-thread.ts', import.meta.url));

/** The servers of a benchmark, each in a thread of its own. */
export class ServerThreads implements AsyncDisposable {
  readonly #threads: Worker[] = [];

  /** @returns where the server listens, as `host:port` */
  async start(data: ServerThreadData): Promise<string> {
    const thread = new Worker(program, { workerData: data });
    this.#threads.push(thread);
    const [address] = (await once(thread, 'message')) as [string];
    return address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}
