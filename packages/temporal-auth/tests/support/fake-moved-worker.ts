import type { NativeConnection, Worker } from '@temporalio/worker';

/** A worker as far as it is moved. */
export class FakeMovedWorker {
  state: ReturnType<Worker['getState']> = 'RUNNING';
  readonly options: Pick<Worker['options'], 'taskQueue' | 'interceptors'>;
  connection: NativeConnection;

  constructor(connection: NativeConnection, taskQueue = 'extraction') {
    this.connection = connection;
    this.options = { taskQueue, interceptors: { activity: [], nexus: [], workflowModules: [], client: {} } };
  }

  /** As Temporal's worker has it: of the connection that is in place. */
  get client(): unknown {
    return { connection: this.connection };
  }

  getState(): ReturnType<Worker['getState']> {
    return this.state;
  }
}
