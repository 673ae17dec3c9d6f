import type { NativeConnection } from '@temporalio/worker';
import { callFailure, grpcCode, isRejection, isUnknownMethod } from '@worker-auth/calls/errors/rejection';

/** A call that needs a permission, and changes nothing. */
export type HarmlessCall = (
  service: NativeConnection['workflowService'],
  namespace: string,
) => Promise<unknown>;

/** INVALID_ARGUMENT says that the call was permitted: Temporal's authorizer looks at it before its handler does. */
const evenIfInvalid =
  (call: HarmlessCall): HarmlessCall =>
  (service, namespace) =>
    call(service, namespace).catch((error: unknown) => {
      if (callFailure(error).grpcStatus !== grpcCode.invalidArgument) throw error;
    });

const systemInfo: HarmlessCall = (service) => service.getSystemInfo({});
const description: HarmlessCall = (service, namespace) => service.describeNamespace({ namespace });
const heartbeat: HarmlessCall = (service, namespace) =>
  service.recordWorkerHeartbeat({ namespace, workerHeartbeat: [] });
const noActivityTask = evenIfInvalid((service, namespace) =>
  service.respondActivityTaskCompleted({ namespace }),
);
const noWorkflowTask = evenIfInvalid((service, namespace) =>
  service.respondWorkflowTaskCompleted({ namespace }),
);
const noWorkflow = evenIfInvalid((service, namespace) => service.startWorkflowExecution({ namespace }));

/** Polls of no task queue, which get no task. */
export const pollCalls = [
  evenIfInvalid((service, namespace) => service.pollWorkflowTaskQueue({ namespace })),
  evenIfInvalid((service, namespace) => service.pollActivityTaskQueue({ namespace })),
];

/** Need no permission, but a token that is accepted. */
export const anyCalls = [systemInfo];

/** Calls of workers: each needs the right to write, as polls do. */
export const workerCalls = [heartbeat, noActivityTask, noWorkflowTask];

/** Calls of clients. */
export const clientCalls = [description, noWorkflow];

/**
 * Makes one call after another until Temporal accepts one: an authorizer may deny a method that the program does not need, and a server may not have
 * it.
 *
 * @returns the call that was accepted
 * @throws the first rejection when none is; any other error of a call at once
 */
export async function acceptedCall(
  calls: readonly HarmlessCall[],
  make: (call: HarmlessCall) => Promise<unknown>,
): Promise<HarmlessCall> {
  let rejection: unknown;
  let unknownMethod: unknown;
  for (const call of calls) {
    try {
      await make(call);
      return call;
    } catch (error) {
      const failure = callFailure(error);
      if (isRejection(failure)) rejection ??= error;
      else if (isUnknownMethod(failure)) unknownMethod ??= error;
      else throw error;
    }
  }
  throw rejection ?? unknownMethod;
}
