import {
  callSafely,
  checkFunction,
  type Clock,
  dateMs,
  decodeJwt,
  systemClock,
  TokenBudget,
  throwIfAborted,
} from '@worker-auth/internal';
import { Emitter } from '@worker-auth/refresh-scheduler';
import type { GetTokenOptions, TokenManager, TokenSource } from '@worker-auth/token-manager';
import { keyRejected, tokensLimited, unusableToken } from '../errors/own-errors.ts';
import { translate } from '../errors/translate.ts';
import type { Profile } from '../settings/profile.ts';
import { visibleAscii } from '../settings/formats.ts';

/** Tokens of somebody else's that are kept out of messages. */
const maxGiven = 5;

export interface TimedTokenOptions extends GetTokenOptions {
  /** How long the caller waits, in milliseconds, so that the credentials are waited for no longer. Default: as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

/** Tokens for the calls to Temporal, wherever they come from. */
export interface TemporalTokens extends TokenSource {
  /** The tokens that no message may show. */
  readonly activeTokens: readonly string[];
  getToken(options?: TimedTokenOptions): Promise<string>;
  /** Milliseconds until the current token ends: 0 when it has ended, `undefined` when that is not known. */
  readonly remainingMs?: number | undefined;
  /** Whether the source says that Temporal is reached over TLS. */
  readonly tlsEnabled?: boolean | undefined;
  /** Keeps them fresh in the background. Not there where the source does that itself. */
  start?(): void;
  stop?(): Promise<void>;
  /** Not there where the source has no events. */
  readonly on?: TokenManager['on'];
}

/** A token source of the user's own: what it throws gets a class and a code, and nothing but a usable token gets through. */
export class ForeignTokens implements TemporalTokens {
  readonly #source: TokenSource;
  readonly #clock: Clock;
  readonly #budget: TokenBudget;
  /** Newest last. When they end is not known. */
  #given: readonly string[] = [];

  /** @throws TypeError for a source that lacks a member */
  constructor(source: TokenSource, clock: Clock = systemClock) {
    // Programs in JavaScript may give anything.
    const given = source as Partial<TokenSource> | null;
    for (const member of ['getToken', 'peek', 'subscribe'] as const)
      checkFunction(`tokens.${member}`, given?.[member]);
    this.#source = source;
    this.#clock = clock;
    this.#budget = new TokenBudget(clock);
  }

  get activeTokens(): readonly string[] {
    this.peek();
    return this.#given;
  }

  /** As the token itself says, if it is a JWT. */
  get remainingMs(): number | undefined {
    const endMs = dateMs(decodeJwt(this.peek() ?? '')?.claims['exp']);
    return endMs === undefined ? undefined : Math.max(0, endMs - this.#clock.wallNow());
  }

  async getToken(options: GetTokenOptions = {}): Promise<string> {
    const { rejectedToken, rejectedAs, forceRefresh, signal } = options;
    const isRejected = rejectedToken !== undefined && rejectedToken === this.peek();
    const waitMs = isRejected ? this.#budget.draw(rejectedAs) : 0;
    if (waitMs > 0) throw tokensLimited(waitMs);
    let token: unknown;
    try {
      // Nothing but what its port documents: a careful source rejects the rest.
      token = await this.#source.getToken({ rejectedToken, rejectedAs, forceRefresh, signal });
    } catch (error) {
      const { activeTokens: tokens } = this;
      throw translate(error, { tokens, signal, source: 'token source', isProven: tokens.length > 0 });
    }
    const usable = this.#noted(token);
    if (usable === undefined) throw unusableToken();
    return usable;
  }

  peek(): string | undefined {
    return this.#noted(callSafely<unknown>(() => this.#source.peek(), undefined));
  }

  subscribe(listener: (token: string) => void): () => void {
    const hear = (given: unknown): void => {
      const token = this.#noted(given);
      if (token !== undefined) listener(token);
    };
    const unsubscribe = callSafely<unknown>(() => this.#source.subscribe(hear), undefined);
    return () => {
      // It may be no function at all.
      callSafely(unsubscribe as () => void, undefined);
    };
  }

  /** Keeps a token among those that no message shows; `undefined` for what is none. */
  #noted(token: unknown): string | undefined {
    if (typeof token !== 'string' || !visibleAscii.test(token)) return undefined;
    if (token !== this.#given.at(-1))
      this.#given = [...this.#given.filter((one) => one !== token), token].slice(-maxGiven);
    return token;
  }
}

/** The API key of a Temporal profile as a token: it is read again when it is rejected. */
export class ProfileKey implements TemporalTokens {
  readonly #read: () => string | undefined;
  readonly #emitter = new Emitter<{ key: string }>({ key: true });
  /** Newest last. They live for months. */
  readonly #known: string[];

  constructor(key: string, read: () => string | undefined) {
    this.#read = read;
    this.#known = [key];
  }

  get activeTokens(): readonly string[] {
    return this.#known;
  }

  /** Another key than `rejectedToken`, if the profile has another by now. */
  getToken({ rejectedToken, forceRefresh = false, signal }: GetTokenOptions = {}): Promise<string> {
    return new Promise((resolve) => {
      throwIfAborted(signal);
      if (forceRefresh || rejectedToken === this.peek()) this.#readAgain();
      if (rejectedToken === this.peek()) throw keyRejected();
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

export function profileKeyOf(profile: Profile | undefined): ProfileKey | undefined {
  const key = profile?.apiKey();
  return key === undefined ? undefined : new ProfileKey(key, () => profile?.newestApiKey());
}
