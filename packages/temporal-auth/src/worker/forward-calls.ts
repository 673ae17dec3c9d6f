import type { NativeConnection } from '@temporalio/worker';

/** What makes the calls of a connection. */
const services = ['workflowService', 'operatorService', 'healthService', 'testService'] as const;

/** A client on a connection that was replaced, such as that of an activity, calls on the one in its place. Calls that have begun go on where they are. */
export function forwardCalls(replaced: NativeConnection, current: () => NativeConnection): void {
  for (const name of services) {
    const service = replaced[name];
    if (service) service.rpcImpl = (...call) => current()[name]?.rpcImpl?.(...call);
  }
  replaced.withDeadline = (...given) => current().withDeadline(...given);
  replaced.withMetadata = (...given) => current().withMetadata(...given);
  replaced.withAbortSignal = (...given) => current().withAbortSignal(...given);
  replaced.setMetadata = (metadata) => current().setMetadata(metadata);
  replaced.setApiKey = (apiKey) => current().setApiKey(apiKey);
}
