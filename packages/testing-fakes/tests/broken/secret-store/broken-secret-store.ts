import type { ModelSecretStore } from '../../support/model-secret-store.ts';

/** A store with one fault, which the contract must notice. */
export interface BrokenSecretStore {
  /** What is wrong, and nothing else is. */
  readonly fault: string;
  /** A case that must notice it. */
  readonly caughtBy: string;
  readonly breakIt: (store: ModelSecretStore) => void;
}
