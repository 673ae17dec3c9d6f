import type { Clock } from '@worker-auth/ports';
import type { JsonWebKey } from 'node:crypto';
import { fetchJson } from '../server/fetch-json.ts';
import { readTemporalKeys, type TemporalKeys } from './temporal-keys.ts';

/** A JSON Web Key Set (RFC 7517 section 5). */
export interface JsonWebKeySet {
  readonly keys: readonly JsonWebKey[];
}

/** Where keys come from, and how long they are good. */
export interface KeySourceSettings {
  /** The key set, or the address of one. */
  readonly jwks: JsonWebKeySet | string | URL;
  /** How old a fetched set may become, by the clock. */
  readonly refreshMs: number;
  readonly clock: Pick<Clock, 'wallNow'>;
}

/** The public keys that tokens are verified with. */
export interface KeySource {
  /**
   * @param isEnough whether the keys will do; if not, a fetched set may be read once more
   * @throws when there are no keys
   */
  get(signal: AbortSignal, isEnough?: (keys: TemporalKeys) => boolean): Promise<TemporalKeys>;
}

/**
 * Keys from a key set that is given, or that is fetched: at the first token, and again at the first token after `refreshMs`. For one
 * whose keys are not enough it is read at once, but once a second at most. One fetch serves all who wait for it. An old set stays good while no
 * new one can be read.
 *
 * @throws TypeError about a set that is given and that Temporal does not take
 */
export function keySource(settings: KeySourceSettings): KeySource {
  const { jwks } = settings;
  if (typeof jwks === 'string' || jwks instanceof URL) return new FetchedKeys(new URL(jwks), settings);
  const keys = readTemporalKeys(jwks);
  return { get: () => Promise.resolve(keys) };
}

const askEveryMs = 1_000;

class FetchedKeys implements KeySource {
  readonly #url: URL;
  readonly #settings: KeySourceSettings;
  #keys: { readonly value: TemporalKeys } | undefined;
  #readAtMs = -Infinity;
  #askedAtMs = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(url: URL, settings: KeySourceSettings) {
    this.#url = url;
    this.#settings = settings;
  }

  async get(signal: AbortSignal, isEnough?: (keys: TemporalKeys) => boolean): Promise<TemporalKeys> {
    if (this.#reading !== undefined || this.#isDue()) await this.#read(signal);
    else if (isEnough !== undefined && !this.#satisfies(isEnough) && this.#mayAsk()) await this.#read(signal);
    if (this.#keys === undefined) throw new Error('There are no keys');
    return this.#keys.value;
  }

  #isDue(): boolean {
    const { clock, refreshMs } = this.#settings;
    if (!isOver(this.#readAtMs, refreshMs, clock.wallNow())) return false;
    this.#readAtMs = clock.wallNow();
    return true;
  }

  #satisfies(isEnough: (keys: TemporalKeys) => boolean): boolean {
    return this.#keys !== undefined && isEnough(this.#keys.value);
  }

  /** Whether the set may be read before its time: once a second. */
  #mayAsk(): boolean {
    const nowMs = this.#settings.clock.wallNow();
    if (!isOver(this.#askedAtMs, askEveryMs, nowMs)) return false;
    this.#askedAtMs = nowMs;
    return true;
  }

  /** Reads the set, or waits for the reading that is under way. Never rejects. */
  #read(signal: AbortSignal): Promise<void> {
    this.#reading ??= this.#fetch(signal).then(
      (value) => {
        this.#keys = { value };
        this.#reading = undefined;
      },
      () => {
        this.#reading = undefined;
      },
    );
    return this.#reading;
  }

  async #fetch(signal: AbortSignal): Promise<TemporalKeys> {
    return readTemporalKeys(await fetchJson(this.#url, signal));
  }
}

/** Whether `ms` have passed since then; a clock that was set back has no say in it. */
function isOver(sinceMs: number, ms: number, nowMs: number): boolean {
  return nowMs - sinceMs >= ms || nowMs < sinceMs;
}
