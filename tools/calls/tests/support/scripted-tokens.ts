import { tokenFingerprint } from '@worker-auth/testing-fakes';
import type { GetTokenOptions, TokenSource } from '@worker-auth/token-manager';

/** A token source that gives what it has, and for the rest waits until the test decides. */
export class ScriptedTokens implements TokenSource {
  readonly #given: string[] = [];
  #current: string | undefined;
  /** The options of each request for a token that was not there. */
  readonly requests: GetTokenOptions[] = [];
  /** How often anybody asked, for whatever. */
  asked = 0;
  #answer = Promise.withResolvers<string>();
  #next = Promise.withResolvers<undefined>();

  constructor(current?: string) {
    this.current = current;
  }

  get current(): string | undefined {
    return this.#current;
  }

  set current(token: string | undefined) {
    this.#current = token;
    if (token !== undefined) this.#given.push(token);
  }

  /** Which of the tokens that it ever had has this fingerprint. */
  byFingerprint(fingerprint: string | undefined): string | undefined {
    return this.#given.find((token) => tokenFingerprint(token) === fingerprint);
  }

  /** Each that it ever had, the newest last. */
  get activeTokens(): readonly string[] {
    return this.#given.filter((token, index) => this.#given.lastIndexOf(token) === index);
  }

  getToken(options: GetTokenOptions = {}): Promise<string> {
    this.asked++;
    if (this.current !== undefined && this.current !== options.rejectedToken)
      return Promise.resolve(this.current);
    this.requests.push(options);
    this.#next.resolve(undefined);
    return this.#answer.promise;
  }

  peek(): string | undefined {
    return this.current;
  }

  subscribe(): () => void {
    throw new Error('The call interceptor needs no subscription');
  }

  /** Resolves at the next request for a token that is not there. */
  nextRequest(): Promise<void> {
    this.#next = Promise.withResolvers();
    return this.#next.promise;
  }

  /** The token from now on, for those who wait too. */
  give(token: string): void {
    this.current = token;
    this.#settle().resolve(token);
  }

  /** What those who wait get instead of a token. */
  fail(error: unknown): void {
    this.#settle().reject(error);
  }

  #settle(): PromiseWithResolvers<string> {
    const answer = this.#answer;
    this.#answer = Promise.withResolvers();
    answer.promise.catch(() => undefined);
    return answer;
  }
}
