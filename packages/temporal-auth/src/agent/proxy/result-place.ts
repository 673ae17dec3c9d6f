/** What the sender of the plugin's workers is told of a proxy, in the place of a worker's connection. */
import { Emitter } from '@worker-auth/refresh-scheduler';
import type { DeliveryPlace } from '../../delivery/task-calls.ts';
import type { WorkerEvents } from '../../worker/worker-events.ts';
import type { ProxyCore } from './core.ts';

/** Nothing makes the calls but what they were made with. */
export type Nothing = undefined;

/** @param ending aborts when nothing is sent any more */
export function placeOf(core: ProxyCore, ending: AbortSignal): DeliveryPlace<Nothing> {
  const { address, tokens, clock, random, logger, conditions } = core;
  const events = new Emitter<WorkerEvents>();
  return {
    address,
    ending,
    options: { clock, random, logger, conditions, events },
    token: {
      connection: { workflowService: undefined },
      scope: (namespace, method) => tokens.scope(namespace, method),
      next: (scope) => tokens.next(scope) ?? '',
      sent: tokens.sent.bind(tokens),
      accepted: (scope, token, sentMs) => {
        tokens.accepted(scope, '', token, sentMs);
      },
      rejected: async (scope, token, sentMs) => {
        await tokens.rejected(scope, [token], sentMs);
        return tokens.next(scope) !== token;
      },
    },
    explain: (error, namespace) => core.explain(error, namespace),
    accepted: () => undefined,
    silent: () => Promise.resolve(false),
  };
}
