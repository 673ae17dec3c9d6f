import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

/** Says for whom a workflow is started. */
export function startedFor(name: string): WorkflowClientInterceptor {
  const tenant = defaultPayloadConverter.toPayload(name);
  return {
    startWithDetails: async (input, next) => await next({ ...input, headers: { ...input.headers, tenant } }),
  };
}

/** Tells of each call by its method and its status. */
export const logged: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start: (metadata, _listener, next) => {
      next(metadata, {
        onReceiveStatus: (status, done) => {
          console.log(`${options.method_definition.path.replace(/^.*\//, '')}: ${status.code}`);
          done(status);
        },
      });
    },
  });
