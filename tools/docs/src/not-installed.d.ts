/** What blocks use of `@temporalio/lambda-worker`, which depends on one version of the SDK, and not on ours. By its declarations of 1.23.0. */
declare module '@temporalio/lambda-worker' {
  import type { WorkerDeploymentVersion } from '@temporalio/common';
  import type { NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';

  interface LambdaWorkerConfig {
    workerOptions: Partial<WorkerOptions>;
    connectionOptions: NativeConnectionOptions;
  }

  export function runWorker(
    version: WorkerDeploymentVersion,
    configure: (config: LambdaWorkerConfig) => void,
  ): (event: unknown, context: object) => Promise<void>;
}
