export type { Environment } from '@worker-auth/inlined';
export type {
  ApplicationCredentials,
  ApplicationCredentialSource,
  AtlanAuthClientOptions,
} from './configuration/auth-options.ts';
export type { ClientConnectionOptions, WorkerConnectionOptions } from './configuration/connection-options.ts';
export type { CreateWorkerOptions, TemporalWorkflowClientOptions } from './configuration/client-options.ts';
export type { TemporalAuthOptions } from './configuration/plugin-options.ts';
export type { RotatingTls, TlsOptions } from './configuration/tls-options.ts';
export { type CategoryName, type CheckName } from './doctor/catalogue.ts';
export { diagnose } from './doctor/diagnose.ts';
export { type Check, type CheckCategory, type CheckResult, type Diagnosis } from './doctor/diagnosis.ts';
export { DoctorCode } from './doctor/doctor-code.ts';
export { type DiagnoseOptions } from './doctor/scene.ts';
export { authInterceptor, type AuthInterceptorOptions } from './connection/auth-interceptor.ts';
export { attach, type AttachOptions, authenticatedNativeConnection } from './connection/attach.ts';
export { authenticatedConnection } from './connection/authenticated-connection.ts';
export type { PushedConnection } from './connection/pushed-connection.ts';
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
export { AtlanAuthClient, type WaitOptions } from './facade/atlan-auth-client.ts';
export type { ClientEvents } from './facade/client-events.ts';
export type { StartedWorkflow, StartWorkflowOptions } from './facade/start-workflow.ts';
export type { RunWorkerOptions } from './facade/supervised-worker.ts';
export { TemporalWorkflowClient } from './facade/temporal-workflow-client.ts';
export { temporalAuth, type TemporalAuthPlugin } from './plugin.ts';
export { watchdog, type WatchdogSettings } from './worker/a-la-carte.ts';
export type { ConnectionGuard } from './worker/connection-guard.ts';
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
  TemporalProbedEvent,
  WorkerEvents,
  WorkerFailedEvent,
  WorkerStartedEvent,
} from './worker/worker-events.ts';
export type { SupervisedState } from './worker/told-states.ts';
export type { RunnableWorker } from './worker/worker-run.ts';
