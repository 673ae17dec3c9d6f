import type { RpcFault } from '@worker-auth/testing-fakes';

/** What reports an activity's result. */
export const results = [
  'RespondActivityTaskCompleted',
  'RespondActivityTaskFailed',
  'RespondActivityTaskCanceled',
];
/** Methods that a fault is at together. */
export const methods = {
  polls: ['PollActivityTaskQueue', 'PollWorkflowTaskQueue'],
  results,
  'activity results': ['RespondActivityTaskCompleted'],
  'workflow tasks': ['RespondWorkflowTaskCompleted'],
  heartbeats: ['RecordActivityTaskHeartbeat'],
  probes: ['RecordWorkerHeartbeat'],
} as const;
/** What a worker of these activities can do without. */
export const dispensable = [
  ...[
    'RecordWorkerHeartbeat',
    'GetWorkflowExecutionHistory',
    'RecordActivityTaskHeartbeat',
    'ShutdownWorker',
  ],
  ...[
    'RespondActivityTaskFailed',
    'RespondActivityTaskCanceled',
    'RespondWorkflowTaskFailed',
    'DescribeNamespace',
  ],
];
/** With what a call may end. */
export const codes = [
  ...[
    'PERMISSION_DENIED',
    'UNAUTHENTICATED',
    'UNAVAILABLE',
    'RESOURCE_EXHAUSTED',
    'INTERNAL',
    'UNKNOWN',
    'ABORTED',
  ],
  ...['CANCELLED', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'FAILED_PRECONDITION', 'NOT_FOUND', 'DATA_LOSS'],
] as const satisfies readonly RpcFault['status'][];
