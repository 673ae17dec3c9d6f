import type { GetTokenOptions, TokenSource } from '@worker-auth/ports';
import {
  callback,
  type Checks,
  checkGiven,
  failure,
  flag,
  oneOf,
  text,
  withMethods,
} from '../given/check-given.ts';
import { Emitter } from '@worker-auth/ports';
import { Gate } from '../server/gate.ts';
import { untilAborted } from './until-aborted.ts';

/** Settings of a {@link FakeTokenSource}. */
export interface FakeTokenSourceOptions {
  /** Makes the token with this number, from 1. Default `fake-token-1` and so on. */
  readonly tokens?: ((number: number) => string) | undefined;
}

const requestChecks: Checks<GetTokenOptions> = {
  rejectedToken: text,
  rejectedAs: oneOf(['revoked', 'new', 'denied']),
  forceRefresh: flag,
  signal: withMethods('throwIfAborted', 'addEventListener'),
};

/**
 * A token source with no server behind it, for tests of what uses one. Fits the `TokenSource` of `@worker-auth/token-manager`, and keeps
 * `tokenSourceContract`: it has no token until it is asked, and each request gives a new one.
 */
export class FakeTokenSource implements TokenSource {
  readonly #makeToken: (number: number) => string;
  readonly #gate = new Gate();
  readonly #listeners = new Emitter<{ readonly token: string }>({ token: true });
  #issued = 0;
  #requests = 0;
  #token: string | undefined;
  #error: Error | undefined;
  #flight: Promise<string> | undefined;

  /**
   * Makes a source that has no token yet.
   *
   * @throws TypeError for an option that there is not
   */
  constructor(options: FakeTokenSourceOptions = {}) {
    checkGiven('FakeTokenSource', options, { tokens: callback });
    const { tokens } = options;
    this.#makeToken = tokens ?? ((number) => `fake-token-${number}`);
  }

  /** How often a new token was asked for, whatever became of it. */
  get requests(): number {
    return this.#requests;
  }

  /** Rejects with a TypeError for an option that `TokenSource` does not document. */
  async getToken(options: GetTokenOptions = {}): Promise<string> {
    checkGiven('getToken', options, requestChecks);
    const { rejectedToken, forceRefresh = false, signal } = options;
    signal?.throwIfAborted();
    const current = this.#token;
    if (current !== undefined && !forceRefresh && current !== rejectedToken) return current;
    return await untilAborted(this.#request(), signal);
  }

  peek(): string | undefined {
    return this.#token;
  }

  subscribe(listener: (token: string) => void): () => void {
    callback('listener', listener);
    return this.#listeners.on('token', listener);
  }

  /**
   * The token changes, as after a refresh in the background, and the subscribers are called.
   *
   * @param token default the next one
   * @returns the new token
   */
  rotate(token = this.#next()): string {
    text('token', token);
    this.#token = token;
    this.#listeners.emit('token', token);
    return token;
  }

  /** The token's life has ended: there is none until somebody asks. */
  expire(): void {
    this.#token = undefined;
  }

  /**
   * Requests for a new token reject with `error`, until {@link FakeTokenSource.recover}; the token that there is stays.
   *
   * @throws TypeError for what is no error
   */
  failWith(error: Error): void {
    failure('error', error);
    this.#error = error;
  }

  recover(): void {
    this.#error = undefined;
  }

  /** Requests for a new token wait until the returned function is called. */
  hold(): () => void {
    return this.#gate.hold();
  }

  #next(): string {
    return this.#makeToken(++this.#issued);
  }

  #request(): Promise<string> {
    if (this.#flight !== undefined) return this.#flight;
    this.#requests++;
    return (this.#flight = this.#answer());
  }

  async #answer(): Promise<string> {
    try {
      await this.#gate.pass();
      if (this.#error !== undefined) throw this.#error;
    } finally {
      this.#flight = undefined;
    }
    return this.rotate();
  }
}
