import { Emitter } from '@worker-auth/refresh-scheduler';
import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { ClientHealth } from '../health/client-health.ts';
import { isWorkerEvent, type WorkerEvents } from '../worker/worker-events.ts';
import type { AtlanAuthClient } from './atlan-auth-client.ts';

/** What a client tells of: the events of its tokens, of its workers, and its own. */
export interface ClientEvents extends TokenManagerEvents, WorkerEvents {
  /** Temporal takes the token of the workers no more, or again. */
  readonly health: ClientHealth;
}

type Listener<K extends keyof ClientEvents> = (event: ClientEvents[K]) => void;

/** The events of a client, of its tokens and of its workers, as one. */
export class ClientEventSource {
  /** What happens to the workers. */
  readonly workers = new Emitter<WorkerEvents>();
  readonly #auth: Pick<AtlanAuthClient, 'on'> | undefined;
  readonly #own = new Emitter<Pick<ClientEvents, 'health'>>();

  /** @param auth `undefined` where the tokens are somebody else's */
  constructor(auth: Pick<AtlanAuthClient, 'on'> | undefined) {
    this.#auth = auth;
  }

  /** @returns ends the subscription */
  on<K extends keyof ClientEvents>(event: K, listener: Listener<K>): () => void {
    if (event === 'health') return this.#own.on(event, listener as Listener<'health'>);
    return isWorkerEvent(event)
      ? this.workers.on(event, listener as Listener<keyof WorkerEvents>)
      : (this.#auth?.on(event, listener as Listener<keyof TokenManagerEvents>) ?? (() => undefined));
  }

  emitHealth(health: ClientHealth): void {
    this.#own.emit('health', health);
  }
}
