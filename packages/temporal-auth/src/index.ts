export type { Environment } from '@worker-auth/inlined';
export type {
  ApplicationCredentials,
  ApplicationCredentialSource,
  AtlanAuthClientOptions,
} from './settings/auth-options.ts';
export type { ClientConnectionOptions, WaitOptions } from './settings/client-options.ts';
export type { WorkerConnectionOptions } from './settings/connection-options.ts';
export type { CreateWorkerOptions, TemporalWorkflowClientOptions } from './settings/temporal-options.ts';
export type { TemporalAuthOptions } from './settings/temporal-options.ts';
export type { RotatingTls, TlsOptions } from './settings/tls-options.ts';
export { type CategoryName, type CheckName } from './doctor/catalogue.ts';
export { diagnose } from './doctor/diagnose.ts';
export { type Check, type CheckCategory, type CheckResult, type Diagnosis } from './doctor/diagnosis.ts';
export { DoctorCode } from './doctor/doctor-code.ts';
export { type DiagnoseOptions } from './doctor/scene.ts';
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
export type {
  AuthHealth,
  CertificateHealth,
  ClientHealth,
  HealthError,
  TemporalHealth,
  WorkerHealth,
} from './health/client-health.ts';
export { type HealthHandler, healthHandler, type HealthHandlerOptions } from './health/health-handler.ts';
export type { HealthSource } from './health/recent-renewals.ts';
export type { ClientEvents } from './health/client-events.ts';
export { type SinkSource, tokenSink, type TokenSink, type TokenSinkOptions } from './agent/token-sink.ts';
export { AtlanAuthClient } from './facade/atlan-auth-client.ts';
export type { StartedWorkflow, StartWorkflowOptions } from './connection/start-workflow.ts';
export type { RunWorkerOptions } from './worker/client-workers.ts';
export { TemporalWorkflowClient } from './facade/temporal-workflow-client.ts';
export { temporalAuth, type TemporalAuthPlugin } from './plugin.ts';
export { SupervisedWorker, superviseWorker } from './worker/supervisor.ts';
export type {
  CreatedWorker,
  SuperviseOptions,
  SupervisionEvents,
  SupervisionSettings,
  WorkerAttempt,
} from './worker/supervisor-options.ts';
export type {
  ActivityResultEvent,
  ActivityResultFailureEvent,
  ConnectionReplacedEvent,
  TemporalProbedEvent,
  WorkerEvents,
  WorkerFailedEvent,
  WorkerStartedEvent,
} from './worker/worker-events.ts';
export type { SupervisedState } from './worker/worker-states.ts';
export type { RunnableWorker } from './worker/worker-run.ts';
