import {
  checkOptions,
  checkRange,
  type Clock,
  elapsedMs,
  type Instant,
  positiveMs,
  readInstant,
  type Secret,
  type SecretStore,
  SingleFlight,
  systemClock,
} from '@worker-auth/internal';

const defaultTtlMs = 5 * 60_000;

/** Options of {@link cached}. */
export interface CachedOptions {
  /** How long a secret is remembered, in milliseconds from the moment it was asked for; default 300,000 (5 minutes). */
  readonly ttlMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** A {@link SecretStore} that remembers. */
export interface CachedStore extends SecretStore {
  invalidate(): void;
}

interface Entry {
  readonly secret: Secret;
  readonly askedAt: Instant;
}

/**
 * Remembers what `store` has. Reads of one secret at the same time are one read of `store`. "Not there" and errors
 * are not remembered. Over a `chain`, each of its stores is remembered for itself too.
 *
 * @throws RangeError when `ttlMs` is not a positive number
 */
export function cached(store: SecretStore, options: CachedOptions = {}): CachedStore {
  checkOptions('cached', options, { ttlMs: true, clock: true });
  const ttlMs = options.ttlMs ?? defaultTtlMs;
  checkRange('ttlMs', ttlMs, positiveMs);
  const clock = options.clock ?? systemClock;
  let entries = new Map<string, Entry>();
  let flights = new Map<string, SingleFlight<Secret | undefined>>();

  // `into` is the map at the time of asking: a response that was asked for before `invalidate` fills no newer cache.
  const read = async (
    name: string,
    into: Map<string, Entry>,
    signal: AbortSignal,
  ): Promise<Secret | undefined> => {
    const askedAt = readInstant(clock);
    const secret = await store.get(name, { signal });
    if (secret === undefined) into.delete(name);
    else into.set(name, { secret, askedAt });
    return secret;
  };

  const parts = store.stores?.map((part) => cached(part, options));
  return {
    stores: parts,
    async get(name, readOptions) {
      readOptions?.signal?.throwIfAborted();
      const entry = entries.get(name);
      if (entry !== undefined && elapsedMs(clock, entry.askedAt) < ttlMs) return entry.secret;
      const current = flights;
      const flight = current.get(name) ?? new SingleFlight();
      current.set(name, flight);
      const into = entries;
      try {
        return await flight.join((signal) => read(name, into, signal), readOptions?.signal);
      } finally {
        if (!flight.isRunning) current.delete(name);
      }
    },
    invalidate() {
      entries = new Map();
      flights = new Map();
      store.invalidate?.();
      for (const part of parts ?? []) part.invalidate();
    },
  };
}
