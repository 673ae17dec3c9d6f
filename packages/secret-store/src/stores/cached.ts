import {
  callSafely,
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
  throwIfAborted,
  checkMethods,
} from '@worker-auth/internal';
import { defaultReadTimeoutMs } from '../checked-store.ts';

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

interface Reading {
  readonly flight: SingleFlight<Secret | undefined>;
  readonly askedAt: Instant;
}

/**
 * Remembers what `store` has.
 *
 * - A secret is remembered from the moment it was asked for, by both clocks, until `ttlMs` later or `invalidate()`.
 * - Reads of one secret at the same time are one read of `store`; a caller that aborts leaves it to the others. One that hangs for 50 s gets
 *   no more callers: the next one reads again.
 * - A response that was asked for before `invalidate()` reaches its callers, but is not remembered.
 * - Over a `chain`, each of its stores is remembered for itself too.
 * - "Not there" and errors are not remembered, and nothing is read in the background.
 *
 * @throws RangeError when `ttlMs` is not a positive number
 */
export function cached(store: SecretStore, options: CachedOptions = {}): CachedStore {
  checkMethods('store', store, 'get');
  checkOptions('cached', options, { ttlMs: true, clock: true });
  const ttlMs = options.ttlMs ?? defaultTtlMs;
  checkRange('ttlMs', ttlMs, positiveMs);
  const clock = options.clock ?? systemClock;
  let entries = new Map<string, Entry>();
  let readings = new Map<string, Reading>();

  const read = async (name: string, reading: Reading, signal: AbortSignal): Promise<Secret | undefined> => {
    const secret = await store.get(name, { signal });
    // A response that was asked for before `invalidate`, that everybody left, or that hung, is not remembered.
    if (readings.get(name) !== reading) return secret;
    if (secret === undefined) entries.delete(name);
    else entries.set(name, { secret, askedAt: reading.askedAt });
    return secret;
  };

  const isHanging = ({ askedAt }: Reading): boolean => elapsedMs(clock, askedAt) >= defaultReadTimeoutMs;

  const parts = store.stores?.map((part) => cached(part, options));
  return {
    stores: parts,
    async get(name, readOptions) {
      throwIfAborted(readOptions?.signal);
      const entry = entries.get(name);
      if (entry !== undefined && elapsedMs(clock, entry.askedAt) < ttlMs) return entry.secret;
      const current = readings;
      const known = current.get(name);
      // One that hangs has callers for ever where they overlap.
      const isJoined = known !== undefined && !isHanging(known);
      const reading: Reading = isJoined ? known : { flight: new SingleFlight(), askedAt: readInstant(clock) };
      current.set(name, reading);
      try {
        return await reading.flight.join((signal) => read(name, reading, signal), readOptions?.signal);
      } finally {
        if (!reading.flight.isRunning && current.get(name) === reading) current.delete(name);
      }
    },
    invalidate() {
      entries = new Map();
      readings = new Map();
      callSafely(() => store.invalidate?.(), undefined);
      for (const part of parts ?? []) part.invalidate();
    },
  };
}
