export { AtlanAuthClient, type AtlanAuthClientOptions } from './atlan-auth-client.ts';
export { type Environment } from './configuration.ts';
export { type ConnectionSettings } from './connections.ts';
export {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  TemporalAuthErrorCode,
  TemporalAuthError,
  type TemporalAuthErrorOptions,
} from './errors.ts';
export {
  type CreateWorkerOptions,
  type StartedWorkflow,
  TemporalWorkflowClient,
  type TemporalWorkflowClientOptions,
} from './temporal-workflow-client.ts';
