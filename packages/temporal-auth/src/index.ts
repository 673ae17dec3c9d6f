export type { Environment } from '@worker-auth/inlined';
export type {
  ApplicationCredentials,
  ApplicationCredentialSource,
  AtlanAuthClientOptions,
} from './configuration/auth-options.ts';
export type { ClientConnectionOptions, WorkerConnectionOptions } from './configuration/connection-options.ts';
export type { CreateWorkerOptions, TemporalWorkflowClientOptions } from './configuration/client-options.ts';
export { authInterceptor, type AuthInterceptorOptions } from './connection/auth-interceptor.ts';
export {
  type AnyErrorCode,
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
  TemporalAuthError,
  TemporalAuthErrorCode,
  type TemporalAuthErrorDetails,
  type TemporalAuthErrorKind,
} from './errors/temporal-auth-error.ts';
export { AtlanAuthClient, type WaitOptions } from './facade/atlan-auth-client.ts';
export type { StartedWorkflow, StartWorkflowOptions } from './facade/start-workflow.ts';
export type { RunWorkerOptions } from './facade/supervised-worker.ts';
export { TemporalWorkflowClient } from './facade/temporal-workflow-client.ts';
export { type SupervisedState, SupervisedWorker, superviseWorker } from './worker/supervisor.ts';
export type {
  CreatedWorker,
  SuperviseOptions,
  SupervisionSettings,
  WorkerAttempt,
} from './worker/supervisor-options.ts';
export type { RunnableWorker } from './worker/worker-run.ts';
