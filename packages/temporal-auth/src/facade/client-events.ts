import { Emitter } from '@worker-auth/refresh-scheduler';
import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { ClientHealth } from '../health/client-health.ts';
import type { AtlanAuthClient } from './atlan-auth-client.ts';

/** What a client tells of: the events of its tokens, and its own. */
export interface ClientEvents extends TokenManagerEvents {
  /** Temporal takes the token of the workers no more, or again. */
  readonly health: ClientHealth;
}

type Listener<K extends keyof ClientEvents> = (event: ClientEvents[K]) => void;

/** The events of a client and those of its tokens, as one. */
export class ClientEventSource {
  readonly #auth: AtlanAuthClient;
  readonly #own = new Emitter<Pick<ClientEvents, 'health'>>();

  constructor(auth: AtlanAuthClient) {
    this.#auth = auth;
  }

  /** @returns ends the subscription */
  on<K extends keyof ClientEvents>(event: K, listener: Listener<K>): () => void {
    return event === 'health'
      ? this.#own.on(event, listener as Listener<'health'>)
      : this.#auth.on(event, listener as Listener<keyof TokenManagerEvents>);
  }

  emitHealth(health: ClientHealth): void {
    this.#own.emit('health', health);
  }
}
