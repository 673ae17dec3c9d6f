import { setImmediate } from 'node:timers/promises';
import { untilAborted } from '../../src/fakes/until-aborted.ts';
import type {
  ContractCredentials,
  CredentialSourceFixture,
} from '../../src/contracts/credential-source-under-test.ts';
import type { CredentialSource } from '@worker-auth/ports';

type Given = Awaited<ReturnType<CredentialSource['get']>>;

/** The store behind a {@link ModelCredentialSource}: a read takes a turn to arrive, its response another. */
export class ModelCredentialStore {
  reads = 0;
  isBroken = false;
  opened: Promise<void> | undefined;
  stored: ContractCredentials | undefined;

  constructor(stored: ContractCredentials | undefined) {
    this.stored = stored;
  }

  async read(): Promise<ContractCredentials | undefined> {
    await setImmediate();
    this.reads++;
    await this.opened;
    const { isBroken, stored } = this;
    await setImmediate();
    if (isBroken) throw new Error('the store is broken');
    return stored;
  }
}

/** Credentials that hide their secret. */
export class HiddenPair implements Given {
  readonly clientId: string;
  readonly source: string;
  readonly #clientSecret: string;

  constructor({ clientId, clientSecret }: ContractCredentials, source = 'a model') {
    this.clientId = clientId;
    this.source = source;
    this.#clientSecret = clientSecret;
    Object.freeze(this);
  }

  get clientSecret(): string {
    return this.#clientSecret;
  }
}

/** The smallest source that keeps the contract. Its parts are methods, so that a test can break one. */
export class ModelCredentialSource implements CredentialSource {
  readonly #store: ModelCredentialStore;
  remembered: Promise<Given> | undefined;

  constructor(store: ModelCredentialStore) {
    this.#store = store;
  }

  get store(): ModelCredentialStore {
    return this.#store;
  }

  async get(options?: { readonly signal?: AbortSignal | undefined }): Promise<Given> {
    options?.signal?.throwIfAborted();
    return await this.untilLeft(this.shared(), options?.signal);
  }

  invalidate(): void {
    this.remembered = undefined;
  }

  shared(): Promise<Given> {
    if (this.remembered !== undefined) return this.remembered;
    const reading = this.read();
    reading.catch(() => {
      if (this.remembered === reading) this.remembered = undefined;
    });
    return (this.remembered = reading);
  }

  async read(): Promise<Given> {
    const stored = await this.store.read();
    if (stored === undefined || !this.isWhole(stored)) throw this.error('There are no credentials');
    return this.shown(stored);
  }

  isWhole({ clientId, clientSecret }: ContractCredentials): boolean {
    return clientId !== '' && clientSecret !== '';
  }

  shown(stored: ContractCredentials): Given {
    return new HiddenPair(stored);
  }

  error(message: string): Error {
    return new Error(message);
  }

  untilLeft(work: Promise<Given>, signal: AbortSignal | undefined): Promise<Given> {
    return untilAborted(work, signal);
  }
}

/** A fixture of a model that `breakIt` may have broken. */
export function credentialSourceFixture(
  credentials: ContractCredentials,
  breakIt?: (source: ModelCredentialSource) => void,
): CredentialSourceFixture {
  const store = new ModelCredentialStore(credentials);
  const source = new ModelCredentialSource(store);
  breakIt?.(source);
  return {
    source,
    replace: (next) => {
      store.stored = next;
    },
    reads: () => store.reads,
    break: () => {
      store.isBroken = true;
    },
    mend: () => {
      store.isBroken = false;
    },
    holdReads: () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      store.opened = promise.then(() => undefined);
      return () => {
        store.opened = undefined;
        resolve(undefined);
      };
    },
  };
}
