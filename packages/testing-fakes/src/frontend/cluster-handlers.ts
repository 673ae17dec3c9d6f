import type { Handlers, ResponseOf } from './messages.ts';
import type { Namespaces, NamespaceState } from './namespaces.ts';
import { invalidArgument, namespaceNotFound } from './rpc-error.ts';

/** The version that the fake gives as its own: that of the server whose responses it copies. */
const serverVersion = '1.32.0';

/** Calls about the cluster, its namespaces and its workers. */
export function clusterHandlers(namespaces: Namespaces): Handlers {
  return {
    getSystemInfo: () => ({
      serverVersion,
      capabilities: {
        signalAndQueryHeader: true,
        internalErrorDifferentiation: true,
        activityFailureIncludeHeartbeat: true,
        encodedFailureAttributes: true,
        upsertMemo: true,
        sdkMetadata: true,
      },
    }),
    getClusterInfo: () => ({ serverVersion, clusterName: 'active', clusterId: 'fake', historyShardCount: 1 }),
    describeNamespace: ({ namespace, id }) => {
      if (!namespace && !id) throw invalidArgument('Namespace not set on request.');
      const found = namespaces.all.find((one) => (id ? one.id === id : one.name === namespace));
      if (found === undefined) throw namespaceNotFound(namespace || (id ?? ''));
      return describeNamespace(found);
    },
    listNamespaces: () => ({ namespaces: namespaces.all.map(describeNamespace) }),
    recordWorkerHeartbeat: ({ namespace }) => {
      namespaces.get(namespace);
      return {};
    },
    shutdownWorker: ({ namespace, workerInstanceKey }) => {
      namespaces.get(namespace).workerLeaves(workerInstanceKey ?? '');
      return {};
    },
  };
}

function describeNamespace({ name, id }: NamespaceState): ResponseOf<'describeNamespace'> {
  return {
    namespaceInfo: {
      name,
      id,
      state: 'NAMESPACE_STATE_REGISTERED',
      capabilities: { workerHeartbeats: true, workerPollCompleteOnShutdown: true },
      limits: { blobSizeLimitError: 2_097_152, memoSizeLimitError: 2_097_152 },
    },
    config: { workflowExecutionRetentionTtl: { seconds: 86_400 } },
    replicationConfig: { activeClusterName: 'active', clusters: [{ clusterName: 'active' }] },
  };
}
