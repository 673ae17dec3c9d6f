import { Emitter } from '@worker-auth/refresh-scheduler';
import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';
import { isWorkerEvent, type WorkerEvents } from '../worker/worker-events.ts';
import type { ClientHealth } from './client-health.ts';

/** Events of a client or a plugin: those of its tokens, of its workers, and its own. */
export interface ClientEvents extends TokenManagerEvents, WorkerEvents {
  /** Temporal starts or stops accepting the token of the workers. */
  readonly health: ClientHealth;
}

type Listener<K extends keyof ClientEvents> = (event: ClientEvents[K]) => void;

/** The events of tokens and of workers, as one source. */
export class ClientEventSource {
  /** Those of the workers. */
  readonly workers = new Emitter<WorkerEvents>();
  readonly #tokens: Pick<TemporalTokens, 'on'> | undefined;
  readonly #own = new Emitter<Pick<ClientEvents, 'health'>>();

  /** @param tokens `undefined` when authentication is off */
  constructor(tokens: Pick<TemporalTokens, 'on'> | undefined) {
    this.#tokens = tokens;
  }

  /** @returns ends the subscription */
  on<K extends keyof ClientEvents>(event: K, listener: Listener<K>): () => void {
    if (event === 'health') return this.#own.on(event, listener as Listener<'health'>);
    return isWorkerEvent(event)
      ? this.workers.on(event, listener as Listener<keyof WorkerEvents>)
      : (this.#tokens?.on(event, listener as Listener<keyof TokenManagerEvents>) ?? (() => undefined));
  }

  emitHealth(health: ClientHealth): void {
    this.#own.emit('health', health);
  }
}
