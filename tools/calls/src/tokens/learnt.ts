import { maxTokens } from '@worker-auth/internal';

/** The tokens that there are. */
export interface Tokens {
  readonly newest: string;
  /** Those that are not over, the newest last, {@link maxTokens} at most. */
  readonly valid: readonly string[];
}

/** What a scope knows of a token. */
export class Known {
  state: 'ageing' | 'accepted' | 'doubted' | 'mixed' = 'ageing';
  /** When the call was sent whose answer this is. A late answer to an earlier one says nothing new. */
  sentMs = -Infinity;
  acceptedFromMs = -Infinity;
  acceptedMs = -Infinity;
  rejectedMs = -Infinity;
  /** Since it was accepted. */
  rejections = 0;
  /** When the call was sent that was the first of these. */
  rejectedFromMs = -Infinity;
}

/** When a token that a scope does not accept is tried again, and how long the wait after that is. */
export interface Trial {
  readonly dueMs: number;
  waitMs: number;
}

/** What all connections of a token source have learnt; times are of the monotonic clock, in ms. */
export interface Everywhere {
  /** When the last call was sent that any connection had accepted with a token. */
  readonly acceptedAnywhereMs: ByToken<number>;
  /** When a token was rejected first, before any connection accepted it. */
  readonly rejectedAnywhereMs: ByToken<number>;
}

/** What a connection has learnt by all its scopes. */
export interface Learnt extends Everywhere {
  /** When the last call was sent that was accepted with a token. */
  readonly acceptedMs: ByToken<number>;
  /** The same of all connections to the same endpoint. */
  readonly acceptedThereMs: ByToken<number>;
  readonly trials: ByToken<Trial>;
}

/** What a connection has learnt of a namespace. */
export class Namespace {
  /** When the last call was sent that was accepted. */
  acceptedMs = -Infinity;
  /** When another token was asked for on behalf of a scope that has never accepted one. */
  askedMs = -Infinity;
  /** When another token was asked for on behalf of any. */
  replacedMs = -Infinity;
}

/** By token, for as many as are offered. Forgets the one that nothing was learnt of for the longest. */
export class ByToken<T> extends Map<string, T> {
  #last: string | undefined;

  override set(token: string, value: T): this {
    if (token === this.#last) return super.set(token, value);
    this.delete(token);
    this.#last = token;
    super.set(token, value);
    if (this.size > maxTokens) this.delete(this.keys().next().value ?? '');
    return this;
  }
}
