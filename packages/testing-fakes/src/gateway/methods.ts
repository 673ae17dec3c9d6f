/** Roles as Temporal numbers them: a claim's roles are added up bit by bit, and the sum is compared with a need. */
const ROLES: ReadonlyMap<string, number> = new Map([
  ['worker', 1],
  ['read', 2],
  ['write', 4],
  ['admin', 8],
]);

/** What a method needs: a role (at least this number) in the request's namespace or in the whole cluster. */
export type MethodAccess =
  | { readonly scope: 'anyone' }
  | { readonly scope: 'cluster'; readonly role: number }
  | { readonly scope: 'namespace'; readonly role: number; readonly namespaceField: number };

const WORKFLOW_SERVICE = '/temporal.api.workflowservice.v1.WorkflowService/';
const OPERATOR_SERVICE = '/temporal.api.operatorservice.v1.OperatorService/';
const ADMIN_SERVICE = '/temporal.server.api.adminservice.v1.AdminService/';

const READ_METHODS = `
  CountActivityExecutions CountNexusOperationExecutions CountSchedules CountWorkers CountWorkflowExecutions
  DescribeActivityExecution DescribeBatchOperation DescribeDeployment DescribeNamespace
  DescribeNexusOperationExecution DescribeSchedule DescribeTaskQueue DescribeWorker DescribeWorkerDeployment
  DescribeWorkerDeploymentVersion DescribeWorkflowExecution DescribeWorkflowRule FetchWorkerConfig
  GetCurrentDeployment GetDeploymentReachability GetWorkerBuildIdCompatibility GetWorkerTaskReachability
  GetWorkerVersioningRules GetWorkflowExecutionHistory GetWorkflowExecutionHistoryReverse
  ListActivityExecutions ListArchivedWorkflowExecutions ListBatchOperations ListClosedWorkflowExecutions
  ListDeployments ListNexusOperationExecutions ListOpenWorkflowExecutions ListScheduleMatchingTimes
  ListSchedules ListTaskQueuePartitions ListWorkerDeployments ListWorkers ListWorkflowExecutions
  ListWorkflowRules PollActivityExecution PollNexusOperationExecution PollWorkflowExecutionTimeSkipping
  PollWorkflowExecutionUpdate QueryWorkflow ScanWorkflowExecutions ValidateWorkerDeploymentVersionComputeConfig`;

const WRITE_METHODS = `
  CreateSchedule CreateWorkerDeployment CreateWorkerDeploymentVersion CreateWorkflowRule
  DeleteActivityExecution DeleteNexusOperationExecution DeleteSchedule DeleteWorkerDeployment
  DeleteWorkerDeploymentVersion DeleteWorkflowExecution DeleteWorkflowRule ExecuteMultiOperation PatchSchedule
  PauseActivity PauseActivityExecution PauseWorkflowExecution PollActivityTaskQueue PollNexusTaskQueue
  PollWorkflowTaskQueue RecordActivityTaskHeartbeat RecordActivityTaskHeartbeatById RecordWorkerHeartbeat
  RequestCancelActivityExecution RequestCancelNexusOperationExecution RequestCancelWorkflowExecution
  ResetActivity ResetActivityExecution ResetStickyTaskQueue ResetWorkflowExecution RespondActivityTaskCanceled
  RespondActivityTaskCanceledById RespondActivityTaskCompleted RespondActivityTaskCompletedById
  RespondActivityTaskFailed RespondActivityTaskFailedById RespondNexusTaskCompleted RespondNexusTaskFailed
  RespondQueryTaskCompleted RespondWorkflowTaskCompleted RespondWorkflowTaskFailed SetCurrentDeployment
  SetWorkerDeploymentCurrentVersion SetWorkerDeploymentManager SetWorkerDeploymentRampingVersion ShutdownWorker
  SignalWithStartWorkflowExecution SignalWorkflowExecution StartActivityExecution StartBatchOperation
  StartNexusOperationExecution StartWorkflowExecution StopBatchOperation TerminateActivityExecution
  TerminateNexusOperationExecution TerminateWorkflowExecution TriggerWorkflowRule UnpauseActivity
  UnpauseActivityExecution UnpauseWorkflowExecution UpdateActivityExecutionOptions UpdateActivityOptions
  UpdateSchedule UpdateTaskQueueConfig UpdateWorkerBuildIdCompatibility UpdateWorkerConfig
  UpdateWorkerDeploymentVersionComputeConfig UpdateWorkerDeploymentVersionMetadata UpdateWorkerVersioningRules
  UpdateWorkflowExecution UpdateWorkflowExecutionOptions`;

const ADMIN_METHODS = 'DeprecateNamespace RegisterNamespace UpdateNamespace';
const CLUSTER_READ_METHODS = 'GetClusterInfo GetSearchAttributes ListNamespaces';
const OPERATOR_CLUSTER_METHODS = `
  AddOrUpdateRemoteCluster CreateNexusEndpoint DeleteNexusEndpoint GetNexusEndpoint ListClusters
  ListNexusEndpoints RemoveRemoteCluster UpdateNexusEndpoint`;

/** The requests whose `namespace` is not field 1. */
const NAMESPACE_FIELDS: Readonly<Record<string, number>> = {
  RecordActivityTaskHeartbeat: 4,
  RespondActivityTaskCanceled: 4,
  RespondActivityTaskCompleted: 4,
  RespondActivityTaskFailed: 4,
  RespondQueryTaskCompleted: 6,
  RespondWorkflowTaskCompleted: 9,
  RespondWorkflowTaskFailed: 6,
  AddSearchAttributes: 2,
  RemoveSearchAttributes: 2,
};

const ACCESS = new Map<string, MethodAccess>([
  ['/grpc.health.v1.Health/Check', { scope: 'anyone' }],
  [`${WORKFLOW_SERVICE}GetSystemInfo`, { scope: 'anyone' }],
  ...inNamespace(WORKFLOW_SERVICE, READ_METHODS, 'read'),
  ...inNamespace(WORKFLOW_SERVICE, WRITE_METHODS, 'write'),
  ...inNamespace(WORKFLOW_SERVICE, ADMIN_METHODS, 'admin'),
  ...inCluster(WORKFLOW_SERVICE, CLUSTER_READ_METHODS, 'read'),
  ...inNamespace(OPERATOR_SERVICE, 'ListSearchAttributes', 'read'),
  ...inNamespace(OPERATOR_SERVICE, 'AddSearchAttributes DeleteNamespace RemoveSearchAttributes', 'admin'),
  ...inCluster(OPERATOR_SERVICE, OPERATOR_CLUSTER_METHODS, 'admin'),
]);

/**
 * What Temporal's default authorizer asks of a caller of `path`, or `undefined` for a method that the frontend does not
 * have (or whose answer is a stream, such as the health watch, which no Temporal SDK calls). Source: temporalio/temporal,
 * common/api/metadata.go and common/authorization/default_authorizer.go (server 1.32).
 *
 * @param path the `:path` of the request, `/package.Service/Method`
 */
export function methodAccess(path: string): MethodAccess | undefined {
  if (path.startsWith(ADMIN_SERVICE)) return { scope: 'cluster', role: roleNumber('admin') };
  return ACCESS.get(path);
}

/** The number of a role, 0 for a name that Temporal does not know. Names are case-insensitive. */
export function roleNumber(name: string): number {
  return ROLES.get(name.toLowerCase()) ?? 0;
}

function inNamespace(service: string, methods: string, role: string): [string, MethodAccess][] {
  return names(methods).map((name) => [
    service + name,
    { scope: 'namespace', role: roleNumber(role), namespaceField: NAMESPACE_FIELDS[name] ?? 1 },
  ]);
}

function inCluster(service: string, methods: string, role: string): [string, MethodAccess][] {
  return names(methods).map((name) => [service + name, { scope: 'cluster', role: roleNumber(role) }]);
}

function names(list: string): string[] {
  return list.trim().split(/\s+/);
}
