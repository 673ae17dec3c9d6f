/** The senders of results and heartbeats, one a namespace: those of the plugin's workers, with a proxy in the place of a connection. */
import { DeliveryLog } from '@worker-auth/calls/delivery/delivery-log';
import { heartbeatPurpose, ResultSender } from '@worker-auth/calls/delivery/result-sender';
import type { DeliveryPlace } from '@worker-auth/calls/delivery/task-calls';
import type { ProxyCore } from './core.ts';

/** Nothing makes the calls but what they were made with. */
export type Nothing = undefined;

interface NamespaceSender {
  readonly sender: ResultSender<Nothing>;
  readonly ending: AbortController;
  uses: number;
  isKept: boolean;
}

export class Senders {
  readonly #core: ProxyCore;
  readonly #senders = new Map<string, NamespaceSender>();

  /** @param ending aborts when nothing is sent any more */
  constructor(core: ProxyCore, ending: AbortSignal) {
    this.#core = core;
    ending.addEventListener('abort', () => {
      for (const one of this.#senders.values()) one.ending.abort();
    });
  }

  /** How many are kept. */
  get size(): number {
    return this.#senders.size;
  }

  /** Temporal may accept results again. */
  wake(): void {
    for (const { sender } of this.#senders.values()) sender.wake();
  }

  /** @param isKnown whether Temporal has handed out tasks of the namespace; else nothing is kept for it afterwards */
  async use<T>(
    namespace: string,
    isKnown: boolean,
    send: (sender: ResultSender<Nothing>) => Promise<T>,
  ): Promise<T> {
    const one = this.#senders.get(namespace) ?? this.#make(namespace);
    one.isKept ||= isKnown;
    one.uses++;
    try {
      return await send(one.sender);
    } finally {
      one.uses--;
      if (!one.isKept && one.uses === 0) {
        this.#senders.delete(namespace);
        this.#core.tokens.forget(namespace, heartbeatPurpose);
      }
    }
  }

  #make(namespace: string): NamespaceSender {
    const ending = new AbortController();
    const place = placeOf(this.#core, ending.signal);
    const log = new DeliveryLog(place.options, namespace, 'PROXY_RESULTS_PENDING');
    const made = { sender: new ResultSender(place, namespace, log), ending, uses: 0, isKept: false };
    this.#senders.set(namespace, made);
    return made;
  }
}

function placeOf(core: ProxyCore, ending: AbortSignal): DeliveryPlace<Nothing> {
  const { address, tokens, clock, random, logger, conditions } = core;
  const events = { emit: () => undefined };
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
