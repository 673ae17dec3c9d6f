import type { ReadOptions, Secret, SecretStore } from '@worker-auth/ports';
import {
  anything,
  checkGiven,
  either,
  failure,
  isText,
  recordOf,
  text,
  withMethods,
} from '../given/check-given.ts';
import { Gate } from '../server/gate.ts';
import { untilAborted } from './until-aborted.ts';

const secretCheck = either(isText, anything, recordOf(text));
const failureCheck = either((error) => typeof error === 'function', anything, failure);
const secretsCheck = recordOf(secretCheck);

/**
 * A secret store in the memory of the test, which can fail. Fits the `SecretStore` of `@worker-auth/secret-store`, and keeps
 * `secretStoreContract`.
 */
export class InMemorySecretStore implements SecretStore {
  readonly #secrets: Map<string, Secret>;
  readonly #gate = new Gate();
  #reads = 0;
  #errorOf: (name: string) => Error | undefined = () => undefined;

  /**
   * Makes a store that answers.
   *
   * @param initial its first content; a text is a secret with one field, called as the secret. Default empty
   * @throws TypeError for what is neither a text nor fields with texts
   */
  constructor(initial: Readonly<Record<string, Secret | string>> = {}) {
    secretsCheck('initial', initial);
    this.#secrets = new Map(Object.entries(initial).map(([name, secret]) => [name, fieldsOf(name, secret)]));
  }

  /** How often it was asked, whatever became of it. */
  get reads(): number {
    return this.#reads;
  }

  /** Rejects with a TypeError for an option that `SecretStore` does not document. */
  async get(name: string, options: ReadOptions = {}): Promise<Secret | undefined> {
    text('name', name);
    checkGiven('get', options, { signal: withMethods('throwIfAborted', 'addEventListener') });
    const { signal } = options;
    signal?.throwIfAborted();
    this.#reads++;
    return await untilAborted(this.#read(name), signal);
  }

  /** Puts a secret, or replaces all of its fields. */
  set(name: string, secret: Secret | string): void {
    text('name', name);
    secretCheck('secret', secret);
    this.#secrets.set(name, fieldsOf(name, secret));
  }

  /** Removes a secret; harmless when there is none. */
  delete(name: string): void {
    text('name', name);
    this.#secrets.delete(name);
  }

  /**
   * Every read rejects with `error`, or with what a function says about the secret's name (`undefined`: it can be read), until
   * {@link InMemorySecretStore.recover}.
   *
   * @throws TypeError for what is neither
   */
  failWith(error: Error | ((name: string) => Error | undefined)): void {
    failureCheck('error', error);
    this.#errorOf = typeof error === 'function' ? error : () => error;
  }

  recover(): void {
    this.#errorOf = () => undefined;
  }

  /** Reads wait until the returned function is called. */
  hold(): () => void {
    return this.#gate.hold();
  }

  async #read(name: string): Promise<Secret | undefined> {
    await this.#gate.pass();
    const error = this.#errorOf(name);
    if (error !== undefined) throw error;
    const fields = Object.entries(this.#secrets.get(name) ?? {}).filter(([, value]) => value !== '');
    return fields.length === 0 ? undefined : Object.fromEntries(fields);
  }
}

function fieldsOf(name: string, secret: Secret | string): Secret {
  return typeof secret === 'string' ? { [name]: secret } : secret;
}
