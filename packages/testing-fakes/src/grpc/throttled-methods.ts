import { number } from '../given/check-given.ts';

/** From the most important calls on. Calls about visibility and namespaces, which have limits of their own, are left out. */
const methodsByPriority: readonly (readonly [priority: number, methods: string])[] = [
  [
    1,
    `CreateSchedule ExecuteMultiOperation RecordActivityTaskHeartbeat RecordActivityTaskHeartbeatById
    RespondActivityTaskCompleted RespondActivityTaskCompletedById RespondNexusTaskCompleted RespondQueryTaskCompleted
    RespondWorkflowTaskCompleted SignalWithStartWorkflowExecution SignalWorkflowExecution StartActivityExecution
    StartBatchOperation StartWorkflowExecution UpdateWorkflowExecution`,
  ],
  [
    2,
    `DeleteSchedule DeleteWorkflowExecution GetWorkflowExecutionHistory PatchSchedule PauseActivity
    RequestCancelWorkflowExecution ResetActivity ResetWorkflowExecution StopBatchOperation TerminateWorkflowExecution
    UnpauseActivity UpdateActivityOptions UpdateSchedule UpdateWorkflowExecutionOptions`,
  ],
  [
    3,
    `DescribeBatchOperation DescribeSchedule DescribeTaskQueue DescribeWorkflowExecution ListScheduleMatchingTimes
    ListTaskQueuePartitions QueryWorkflow RespondActivityTaskCanceled RespondActivityTaskCanceledById
    RespondActivityTaskFailed RespondActivityTaskFailedById RespondNexusTaskFailed RespondWorkflowTaskFailed`,
  ],
  [
    4,
    `GetWorkflowExecutionHistoryReverse PollActivityTaskQueue PollNexusTaskQueue PollWorkflowExecutionUpdate
    PollWorkflowTaskQueue RecordWorkerHeartbeat ResetStickyTaskQueue ShutdownWorker`,
  ],
];

const isPriority = number({ min: 1, max: 4, isWhole: true });

/**
 * The methods that a Temporal at its rate limit throttles first: those of this priority, and of all that are less important. For
 * `failWith('throttled', throttledMethods(4))`: polls are rejected, results and starts pass. System calls have priority 0 and are never among them.
 *
 * Source: temporalio/temporal, service/frontend/configs/quotas.go (server 1.32).
 *
 * @param priority from 1 (starts, signals, results and heartbeats) by 2 (changes, histories) and 3 (descriptions, failures) to 4 (polls)
 * @throws RangeError for another number
 */
export function throttledMethods(priority: 1 | 2 | 3 | 4): readonly string[] {
  isPriority('priority', priority);
  return methodsByPriority
    .filter(([other]) => other >= priority)
    .flatMap(([, methods]) => methods.trim().split(/\s+/));
}
