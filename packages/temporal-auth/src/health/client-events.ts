import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { WorkerEvents } from '../worker/worker-events.ts';
import type { ClientHealth } from './client-health.ts';

/**
 * Events of a client or a plugin: those of its tokens, of its workers, and its own. Apart from `ClientHealth`, which the entry `client` has too: the declarations
 * of that entry name no type of `@temporalio/worker`.
 */
export interface ClientEvents extends TokenManagerEvents, WorkerEvents {
  /** Temporal starts or stops accepting the token of the workers. */
  readonly health: ClientHealth;
}
