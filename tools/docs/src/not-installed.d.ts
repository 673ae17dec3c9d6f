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

/** What blocks use of `express` 5. */
declare module 'express' {
  type ParameterOf<Path> = Path extends `${string}/:${infer Name}` ? Name : never;

  interface Application {
    post<Path extends string>(
      path: Path,
      handler: (
        request: { readonly params: Readonly<Record<ParameterOf<Path>, string>> },
        response: { send(body: string): void },
      ) => Promise<void>,
    ): void;
    listen(port: number, listening: () => void): { close(closed: () => void): void };
  }

  function express(): Application;
  export { express as default };
}

/** What blocks use of `@nestjs/core` 11. */
declare module '@nestjs/core' {
  type Class<T = object> = new () => T;

  interface Context {
    get<T>(provider: Class<T>): T;
    close(): Promise<void>;
  }

  export const NestFactory: {
    createApplicationContext(module: {
      readonly module: Class;
      readonly providers: readonly Class[];
    }): Promise<Context>;
  };
}

declare module 'reflect-metadata';

/** What blocks use of `axios` 1. */
declare module 'axios' {
  interface RequestConfig {
    readonly headers: { set(name: string, value: string): void };
  }

  interface Instance {
    readonly interceptors: {
      readonly request: { use(interceptor: (request: RequestConfig) => Promise<RequestConfig>): void };
    };
    get(url: string): Promise<{ readonly status: number }>;
  }

  const axios: { create(defaults: { readonly baseURL: string }): Instance };
  export { axios as default };
}
