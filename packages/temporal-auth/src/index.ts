export { AtlanAuthClient, type AtlanAuthClientOptions } from './atlan-auth-client.ts';
export type {
  CreateWorkerOptions,
  StartedWorkflow,
  TemporalWorkflowClientOptions,
} from './client-options.ts';
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
export { TemporalWorkflowClient } from './temporal-workflow-client.ts';
