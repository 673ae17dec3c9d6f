import { Emitter } from '@worker-auth/refresh-scheduler';
import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';
import type { WorkerEvents, WorkerEventSink } from '../worker/worker-events.ts';
import type { ClientHealth } from './client-health.ts';

/** Events of a client or a plugin: those of its tokens, of its workers, and its own. */
export interface ClientEvents extends TokenManagerEvents, WorkerEvents {
  /** Temporal starts or stops accepting the token of the workers. */
  readonly health: ClientHealth;
}

/** The events of tokens and of workers, as one source. */
export class ClientEventSource {
  /** Those of the workers. */
  readonly workers: WorkerEventSink;
  readonly #own = new Emitter<ClientEvents>();
  readonly #tokens: Pick<TemporalTokens, 'on'> | undefined;

  /** @param tokens `undefined` when authentication is off */
  constructor(tokens: Pick<TemporalTokens, 'on'> | undefined) {
    this.workers = this.#own;
    this.#tokens = tokens;
  }

  /** @returns ends the subscription */
  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void {
    const leave = this.#own.on(event, listener);
    // They have no event of any other name.
    const leaveTokens = this.#tokens?.on(event as keyof TokenManagerEvents, listener as () => void);
    return () => {
      leave();
      leaveTokens?.();
    };
  }

  emitHealth(health: ClientHealth): void {
    this.#own.emit('health', health);
  }
}
