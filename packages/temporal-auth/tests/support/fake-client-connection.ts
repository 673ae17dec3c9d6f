import { Metadata } from '@grpc/grpc-js';
import { Connection } from '@temporalio/client';
import { type MockInstance, vi } from 'vitest';

/** The client connection that is opened next, and leads nowhere. */
export interface FakeClientConnection {
  readonly connection: Connection;
  /** The methods that were called, in order; the namespace, for the one that asks for it. */
  readonly calls: string[];
  /** What Temporal answers. */
  readonly answers: Record<'getSystemInfo' | 'describeNamespace' | 'startWorkflowExecution', Promise<object>>;
  /** Opens it. */
  readonly lazy: MockInstance<typeof Connection.lazy>;
}

export function fakeClientConnection(): FakeClientConnection {
  const calls: string[] = [];
  const answers: FakeClientConnection['answers'] = {
    getSystemInfo: Promise.resolve({}),
    describeNamespace: Promise.resolve({}),
    startWorkflowExecution: Promise.resolve({ runId: 'first-run' }),
  };
  const connection = {
    workflowService: {
      getSystemInfo: () => (calls.push('getSystemInfo'), answers.getSystemInfo),
      describeNamespace: ({ namespace }: { readonly namespace: string }) => (
        calls.push(namespace),
        answers.describeNamespace
      ),
      pollWorkflowTaskQueue: () => Promise.resolve({}),
      pollActivityTaskQueue: () => Promise.resolve({}),
      recordWorkerHeartbeat: () => Promise.resolve({}),
      startWorkflowExecution: ({ workflowId }: { readonly workflowId?: string }) =>
        workflowId === undefined
          ? answers.describeNamespace
          : (calls.push('startWorkflowExecution'), answers.startWorkflowExecution),
    },
    withAbortSignal: (_signal: AbortSignal, call: () => Promise<unknown>) => call(),
    close: () => Promise.resolve(void calls.push('closed')),
  } as unknown as Connection;
  const lazy = vi.spyOn(Connection, 'lazy').mockClear().mockReturnValue(connection);
  return { calls, answers, connection, lazy };
}

/** As grpc-js makes them. */
export function grpcError(code: number, details = 'no'): Error {
  return Object.assign(new Error(details), { code, details, metadata: new Metadata() });
}
