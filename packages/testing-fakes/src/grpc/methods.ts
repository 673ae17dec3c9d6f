/** Roles as Temporal numbers them: a claim's roles are added up bit by bit, and the sum is compared with a need. */
const roles: ReadonlyMap<string, number> = new Map([
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

const workflowService = '/temporal.api.workflowservice.v1.WorkflowService/';
const operatorService = '/temporal.api.operatorservice.v1.OperatorService/';
const adminService = '/temporal.server.api.adminservice.v1.AdminService/';

const readMethods = `
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

const writeMethods = `
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

const adminMethods = 'DeprecateNamespace RegisterNamespace UpdateNamespace';
const clusterReadMethods = 'GetClusterInfo GetSearchAttributes ListNamespaces';
const operatorClusterMethods = `
  AddOrUpdateRemoteCluster CreateNexusEndpoint DeleteNexusEndpoint GetNexusEndpoint ListClusters
  ListNexusEndpoints RemoveRemoteCluster UpdateNexusEndpoint`;

/** The requests whose `namespace` is not field 1. */
const namespaceFields: Readonly<Record<string, number>> = {
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

const accessByPath = new Map<string, MethodAccess>([
  ['/grpc.health.v1.Health/Check', { scope: 'anyone' }],
  [`${workflowService}GetSystemInfo`, { scope: 'anyone' }],
  ...inNamespace(workflowService, readMethods, 'read'),
  ...inNamespace(workflowService, writeMethods, 'write'),
  ...inNamespace(workflowService, adminMethods, 'admin'),
  ...inCluster(workflowService, clusterReadMethods, 'read'),
  ...inNamespace(operatorService, 'ListSearchAttributes', 'read'),
  ...inNamespace(operatorService, 'AddSearchAttributes DeleteNamespace RemoveSearchAttributes', 'admin'),
  ...inCluster(operatorService, operatorClusterMethods, 'admin'),
]);

const paths = [...accessByPath.keys()];

const services = new Set(paths.map((path) => path.split('/')[1]));

/**
 * What Temporal's default authorizer asks of a caller of `path`, or `undefined` for a method that the frontend does not
 * have. One whose answer is a stream, such as the health watch, counts as such. Source: temporalio/temporal,
 * common/api/metadata.go and common/authorization/default_authorizer.go (server 1.32).
 *
 * @param path the `:path` of the request, `/package.Service/Method`
 */
export function methodAccess(path: string): MethodAccess | undefined {
  if (path.startsWith(adminService)) return { scope: 'cluster', role: roleNumber('admin') };
  return accessByPath.get(path);
}

export function knownPaths(): readonly string[] {
  return paths;
}

export function isService(name: string): boolean {
  return services.has(name);
}

/** The number of a role, 0 for a name that Temporal does not know. Names are case-insensitive. */
export function roleNumber(name: string): number {
  return roles.get(name.toLowerCase()) ?? 0;
}

function inNamespace(service: string, methods: string, role: string): [string, MethodAccess][] {
  return names(methods).map((name) => [
    service + name,
    { scope: 'namespace', role: roleNumber(role), namespaceField: namespaceFields[name] ?? 1 },
  ]);
}

function inCluster(service: string, methods: string, role: string): [string, MethodAccess][] {
  return names(methods).map((name) => [service + name, { scope: 'cluster', role: roleNumber(role) }]);
}

function names(list: string): string[] {
  return list.trim().split(/\s+/);
}
