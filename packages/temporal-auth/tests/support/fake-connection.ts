import type { NativeConnection, NativeConnectionOptions } from '@temporalio/worker';

/** As much of a native connection as is looked at. */
export class FakeConnection {
  readonly told: string[] = [];
  /** The namespace of each probe. */
  readonly probes: string[] = [];
  readonly plugins: readonly unknown[];
  readonly metadata: object[] = [];
  closings = 0;
  isClosed = false;
  closeError: Error | undefined;
  /** What Temporal says to a probe. */
  rejection: Error | undefined;
  /** What the connection says to a new token. */
  pushError: Error | undefined;
  /** The tokens that Temporal rejects, whatever connection they are on. */
  rejected = new Map<string | undefined, Error>();
  /** The token of the call that is made, where it is not the connection's. */
  tried: string | undefined;
  readonly workflowService = {
    recordWorkerHeartbeat: ({ namespace }: { namespace: string }): Promise<object> => {
      this.probes.push(namespace);
      return this.#answer();
    },
    // Answered as the heartbeat is, and not counted.
    respondActivityTaskCompleted: (request: { namespace: string }): Promise<object> => this.#standIn(request),
    respondWorkflowTaskCompleted: (request: { namespace: string }): Promise<object> => this.#standIn(request),
    getSystemInfo: (): Promise<object> => this.#answer(),
  };

  constructor(plugins: readonly unknown[] = []) {
    this.plugins = plugins;
  }

  withAbortSignal<T>(_signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    return call();
  }

  withMetadata<T>(metadata: Record<string, string>, call: () => Promise<T>): Promise<T> {
    const { authorization } = metadata;
    this.tried = authorization?.replace('Bearer ', '');
    return call();
  }

  withDeadline<T>(_deadline: unknown, call: () => Promise<T>): Promise<T> {
    return call();
  }

  setApiKey(token: string): Promise<void> {
    if (this.pushError !== undefined) return Promise.reject(this.pushError);
    this.told.push(token);
    return Promise.resolve();
  }

  setMetadata(metadata: object): Promise<void> {
    this.metadata.push(metadata);
    return Promise.resolve();
  }

  #answer(): Promise<object> {
    const rejection = this.rejection ?? this.rejected.get(this.tried ?? this.told.at(-1));
    return rejection === undefined ? Promise.resolve({}) : Promise.reject(rejection);
  }

  #standIn(request: { namespace: string }): Promise<object> {
    const { length } = this.probes;
    const answer = this.workflowService.recordWorkerHeartbeat(request);
    this.probes.length = length;
    return answer;
  }

  close(): Promise<void> {
    this.closings++;
    if (this.closeError) return Promise.reject(this.closeError);
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** A token source; the test says when there is another token. */
export class FakeTokens {
  readonly listeners = new Set<(token: string) => void>();
  /** None is ever over. */
  activeTokens: readonly string[] = ['first'];
  get current(): string {
    return this.activeTokens.at(-1) ?? '';
  }
  set current(token: string) {
    this.activeTokens = [...this.activeTokens.filter((one) => one !== token), token];
  }
  getToken = (): Promise<string> => Promise.resolve(this.current);
  peek = (): string => this.current;
  subscribe = (listener: (token: string) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  refresh(token: string): void {
    this.current = token;
    for (const listener of this.listeners) listener(token);
  }
}

/** What a native connection is opened with once its plugins have had their say, as Temporal's does. */
export function configured(given: NativeConnectionOptions = {}): NativeConnectionOptions {
  return (given.plugins ?? []).reduce(
    (options, plugin) => plugin.configureNativeConnection?.(options) ?? options,
    given,
  );
}

export function native(connection: FakeConnection): NativeConnection {
  return connection as unknown as NativeConnection;
}
