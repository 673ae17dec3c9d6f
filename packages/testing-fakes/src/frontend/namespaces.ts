import type { FrontendClock } from './frontend-clock.ts';
import { NamespaceState } from './namespace-state.ts';
import { readTaskToken, type TaskToken } from './protocol/task-token.ts';
import { invalidArgument, namespaceNotFound } from './protocol/rpc-error.ts';

/** The namespaces of a frontend, which are there from its start. */
export class Namespaces {
  readonly clock: FrontendClock;
  readonly all: readonly NamespaceState[];

  constructor(names: readonly string[], clock: FrontendClock) {
    this.clock = clock;
    this.all = [...new Set(names)].map((name) => new NamespaceState(name, clock));
  }

  /** @throws RpcError NOT_FOUND when there is none of this name, INVALID_ARGUMENT when no name is given */
  get(name: string | null | undefined): NamespaceState {
    if (!name) throw invalidArgument('Namespace not set on request.');
    const found = this.all.find((namespace) => namespace.name === name);
    if (found === undefined) throw namespaceNotFound(name);
    return found;
  }

  /** What a task token names, and its namespace, which a request need not repeat. */
  ofToken(bytes: Uint8Array | null | undefined): {
    readonly namespace: NamespaceState;
    readonly token: TaskToken;
  } {
    const token = readTaskToken(bytes);
    return { token, namespace: this.get(token.namespace) };
  }
}
