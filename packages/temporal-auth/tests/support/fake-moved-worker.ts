import type { NativeConnection, Worker } from '@temporalio/worker';

/** A worker as far as it is moved. */
export class FakeMovedWorker {
  state: ReturnType<Worker['getState']> = 'RUNNING';
  readonly options: Pick<Worker['options'], 'taskQueue' | 'interceptors'>;
  /** How often it was given a connection. */
  moves = 0;
  #connection: NativeConnection;

  constructor(connection: NativeConnection, taskQueue = 'extraction') {
    this.#connection = connection;
    this.options = { taskQueue, interceptors: { activity: [], nexus: [], workflowModules: [], client: {} } };
  }

  get connection(): NativeConnection {
    return this.#connection;
  }

  set connection(connection: NativeConnection) {
    this.moves++;
    this.#connection = connection;
  }

  /** As Temporal's worker has it: of the connection that is in place. */
  get client(): unknown {
    return { connection: this.connection };
  }

  getState(): ReturnType<Worker['getState']> {
    return this.state;
  }
}
