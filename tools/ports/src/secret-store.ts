/**
 * The fields of one secret, by name. An empty string counts as "not there" and is left out. The stores of `@worker-auth/secret-store` list no field: read them
 * by name, since copies (`{ ...secret }`) are empty.
 */
export type Secret = Readonly<Record<string, string>>;

/** Options of one read. */
export interface ReadOptions {
  /** Ends this read; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where secrets are kept. The port to implement for a back end of one's own.
 *
 * Three results that must never be confused, because only "not there" lets a chain go on to the next store:
 * found (the fields), not there (`undefined`), cannot answer (throws).
 */
export interface SecretStore {
  /**
   * Reads one secret.
   *
   * @param name the secret's name, as the store knows it
   * @returns its fields, or `undefined` when the store says that it has no such secret
   * @throws when the store cannot answer: unreachable, rejected, or a response that makes no sense
   */
  get(name: string, options?: ReadOptions): Promise<Secret | undefined>;
  /**
   * The stores that this one asks one after the other, first to last, as `chain` does. A caller of several secrets that belong
   * together reads them all from one of these. A store that does not consist of others leaves it out.
   */
  readonly stores?: readonly SecretStore[] | undefined;
  /**
   * Forgets whatever is remembered, here and in the stores below, so that the next {@link SecretStore.get} is a fresh
   * read. A store that remembers nothing leaves it out.
   */
  invalidate?(): void;
}
