export { AtlanAuthClient } from './facade/atlan-auth-client.ts';
export { TemporalWorkflowClient } from './facade/temporal-workflow-client.ts';
export { temporalAuth, type TemporalAuthPlugin } from './plugin.ts';
export type { ClientEvents } from './engine.ts';
export { authInterceptor, type AuthInterceptorOptions } from './connection/auth-interceptor.ts';
export {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
  TemporalAuthError,
  TemporalAuthErrorCode,
} from './errors/temporal-auth-error.ts';
export {
  assertion,
  type AssertionOptions,
  certificate,
  type CertificateOptions,
  chain,
  clientSecret,
  type ClientSecretOptions,
  type Credentials,
  type CredentialsOption,
  dapr,
  type DaprOptions,
  environment,
  type FoundCredentials,
  privateKey,
  type PrivateKeyOptions,
} from './settings/credentials.ts';
export { tokenFile } from './settings/token-file.ts';
export type { EnvironmentOptions } from './settings/environment-credentials.ts';
export type {
  ApplicationCredentials,
  ApplicationCredentialSource,
  ServerOptions,
} from './settings/server.ts';
export type { AtlanAuthClientOptions, TlsOptions } from './settings/auth-options.ts';
export type {
  CreateWorkerOptions,
  StartedWorkflow,
  StartWorkflowOptions,
  TemporalAuthOptions,
  TemporalWorkflowClientOptions,
} from './settings/temporal-options.ts';
export type { Condition } from './conditions/codes.ts';
export type { AuthHealth, ClientHealth } from './health/client-health.ts';
export { healthHandler, type HealthHandlerOptions } from './health/health-handler.ts';
export type { RunWorkerOptions } from './worker/client-workers.ts';
export type { RunnableWorker } from './worker/worker-run.ts';
export { type SupervisedWorker, superviseWorker } from './worker/supervisor.ts';
export type {
  CreatedWorker,
  SuperviseOptions,
  SupervisionEvents,
  WorkerAttempt,
} from './worker/supervisor-options.ts';
export { diagnose } from './doctor/diagnose.ts';
export type { Check, DiagnoseOptions, Diagnosis } from './doctor/diagnosis.ts';
export { DoctorCode } from './doctor/doctor-code.ts';
