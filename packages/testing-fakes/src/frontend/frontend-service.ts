import type { FrontendClock } from './frontend-clock.ts';
import { activityHandlers } from './handlers/activity-handlers.ts';
import { clusterHandlers } from './handlers/cluster-handlers.ts';
import { historyHandlers } from './handlers/history-handlers.ts';
import { workflowHandlers } from './handlers/workflow-handlers.ts';
import { workflowTaskHandlers } from './handlers/workflow-task-handlers.ts';
import { Namespaces } from './namespaces.ts';
import type { Handlers, MethodName } from './protocol/plain.ts';
import type { Protos } from './protocol/protos.ts';
import { invalidArgument, unimplemented } from './protocol/rpc-error.ts';

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
      ...historyHandlers(all),
      ...workflowTaskHandlers(all),
      ...activityHandlers(all),
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
