import { clusterHandlers } from './cluster-handlers.ts';
import type { Handlers, MethodName } from './messages.ts';
import { Namespaces } from './namespaces.ts';
import type { Protos } from './protos.ts';
import { invalidArgument, unimplemented } from './rpc-error.ts';
import type { FrontendClock } from './task-queue.ts';
import { workerHandlers } from './worker-handlers.ts';
import { workflowHandlers } from './workflow-handlers.ts';

/** Answers the calls of Temporal's WorkflowService out of what it holds in memory. */
export class FrontendService {
  readonly #protos: Protos;
  readonly #namespaces: Namespaces;
  readonly #handlers: ReadonlyMap<string, (request: never, signal: AbortSignal) => unknown>;

  constructor(protos: Protos, namespaces: readonly string[], clock: FrontendClock) {
    this.#protos = protos;
    const all = new Namespaces(namespaces, clock);
    this.#namespaces = all;
    const handlers: Handlers = {
      ...clusterHandlers(all),
      ...workflowHandlers(all),
      ...workerHandlers(all),
    };
    this.#handlers = new Map(Object.entries(handlers));
  }

  /** Whether a worker has, or is about to get, something to do. */
  get isBusy(): boolean {
    return this.#namespaces.all.some((namespace) => namespace.isBusy);
  }

  /**
   * @param method its short name, such as `DescribeNamespace`
   * @param signal aborts when the caller has left
   * @throws RpcError
   */
  async call(method: string, body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const name = (method.charAt(0).toLowerCase() + method.slice(1)) as MethodName;
    const handler = this.#handlers.get(name);
    if (handler === undefined) throw unimplemented(method);
    let request: object;
    try {
      request = this.#protos.decodeRequest(name, body);
    } catch {
      throw invalidArgument(`The request is not a ${method}Request.`);
    }
    const response = await handler(request as never, signal);
    return this.#protos.encodeResponse(name, response as object);
  }
}
