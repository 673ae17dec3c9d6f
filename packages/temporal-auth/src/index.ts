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
} from '@worker-auth/calls/errors/temporal-auth-error';
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
} from '@worker-auth/calls/settings/credentials';
export { tokenFile } from '@worker-auth/calls/settings/token-file';
export type { EnvironmentOptions } from '@worker-auth/calls/settings/environment-credentials';
export type {
  ApplicationCredentials,
  ApplicationCredentialSource,
  ServerOptions,
} from '@worker-auth/calls/settings/server';
export type { TlsOptions } from '@worker-auth/calls/settings/auth-options';
export type { AtlanAuthClientOptions } from './settings/client-options.ts';
export type {
  CreateWorkerOptions,
  StartedWorkflow,
  StartWorkflowOptions,
  TemporalAuthOptions,
  TemporalWorkflowClientOptions,
} from './settings/temporal-options.ts';
export type { SupervisionEvents } from '@worker-auth/calls/conditions/worker-events';
export type { Condition } from '@worker-auth/calls/conditions/codes';
export type { AuthHealth, ClientHealth } from '@worker-auth/calls/tokens/client-health';
export { healthHandler, type HealthHandlerOptions } from './health/health-handler.ts';
export type { RunWorkerOptions } from './worker/client-workers.ts';
export type { RunnableWorker } from './worker/worker-run.ts';
export { type SupervisedWorker, superviseWorker } from './worker/supervisor.ts';
export type { CreatedWorker, SuperviseOptions, WorkerAttempt } from './worker/supervisor-options.ts';
export { diagnose } from './doctor/diagnose.ts';
export type { Check, DiagnoseOptions, Diagnosis } from './doctor/diagnosis.ts';
export { DoctorCode } from './doctor/doctor-code.ts';
