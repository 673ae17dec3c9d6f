import type { Payload } from '@temporalio/common';
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** Hands the tenant of a workflow on to its activities. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let tenant: Payload | undefined;
  return {
    inbound: [
      {
        execute: async (input, next) => {
          tenant = input.headers['tenant'];
          return await next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: async (input, next) =>
          await next({ ...input, headers: { ...input.headers, ...(tenant && { tenant }) } }),
      },
    ],
  };
};
