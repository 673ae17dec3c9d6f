import { Emitter } from '@worker-auth/refresh-scheduler';
import type { GetTokenOptions } from '@worker-auth/token-manager';
import { keyRefused } from '../errors/own-errors.ts';
import type { Profile } from '../settings/profile.ts';
import type { TemporalTokens } from './temporal-tokens.ts';

/** The API key of a Temporal profile as a token: it is read again when it is refused. */
export class ProfileKey implements TemporalTokens {
  readonly #read: () => string | undefined;
  readonly #emitter = new Emitter<{ key: string }>();
  /** Newest last. They live for months. */
  readonly #known: string[];

  constructor(key: string, read: () => string | undefined) {
    this.#read = read;
    this.#known = [key];
  }

  get activeTokens(): readonly string[] {
    return this.#known;
  }

  /**
   * The key; another one than `rejectedToken`, if the profile has another by now.
   *
   * @throws AuthenticationError when it has none; ConfigurationError when it cannot be read; the signal's reason
   */
  getToken({ rejectedToken, forceRefresh = false, signal }: GetTokenOptions = {}): Promise<string> {
    return new Promise((resolve) => {
      signal?.throwIfAborted();
      if (forceRefresh || rejectedToken === this.peek()) this.#readAgain();
      if (rejectedToken === this.peek()) throw keyRefused();
      resolve(this.peek());
    });
  }

  peek(): string {
    return this.#known.at(-1) ?? '';
  }

  subscribe(listener: (key: string) => void): () => void {
    return this.#emitter.on('key', listener);
  }

  #readAgain(): void {
    const key = this.#read();
    if (key === undefined || key === this.peek()) return;
    this.#known.push(key);
    this.#emitter.emit('key', key);
  }
}

/** The API key that a profile has, if it has one. */
export function profileKeyOf(profile: Profile | undefined): ProfileKey | undefined {
  const key = profile?.apiKey();
  return key === undefined ? undefined : new ProfileKey(key, () => profile?.newestApiKey());
}
