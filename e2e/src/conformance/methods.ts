const service = '/temporal.api.workflowservice.v1.WorkflowService';

/** The methods that are called, by what they need. A request of the namespace alone makes none of them wait. */
export const methods = [
  `${service}/GetSystemInfo`,
  '/grpc.health.v1.Health/Check',
  `${service}/DescribeNamespace`,
  `${service}/GetWorkflowExecutionHistory`,
  `${service}/PollWorkflowTaskQueue`,
  `${service}/StartWorkflowExecution`,
  `${service}/UpdateNamespace`,
  `${service}/ListNamespaces`,
  `${service}/NoSuchMethod`,
  '/no.such.Service/Method',
];
