import { setImmediate } from 'node:timers/promises';
import { untilAborted } from '../../src/fakes/until-aborted.ts';
import type { TokenSourceFixture } from '../../src/contracts/token-source-under-test.ts';
import type { GetTokenOptions, TokenSource } from '@worker-auth/ports';

type Listener = (token: string) => unknown;

/** The token endpoint behind a {@link ModelTokenSource}: a request takes a turn to arrive, its response another. */
export class ModelEndpoint {
  requests = 0;
  isFailing = false;
  opened: Promise<void> | undefined;

  async answer(): Promise<string> {
    await setImmediate();
    const number = ++this.requests;
    await this.opened;
    await setImmediate();
    if (this.isFailing) throw new Error('the endpoint fails');
    return `token-${number}`;
  }

  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.opened = promise.then(() => undefined);
    return () => {
      this.opened = undefined;
      resolve(undefined);
    };
  }
}

/** The smallest source that keeps the contract. Its parts are methods, so that a test can break one. */
export class ModelTokenSource implements TokenSource {
  readonly endpoint = new ModelEndpoint();
  readonly subscriptions: { readonly listener: Listener }[] = [];
  flight: Promise<string> | undefined;
  /** What callers get while no further request may be made. */
  rejection: Error | undefined;
  #token: string | undefined;

  async getToken({ rejectedToken, forceRefresh = false, signal }: GetTokenOptions = {}): Promise<string> {
    signal?.throwIfAborted();
    const current = this.peek();
    if (current !== undefined && !forceRefresh && current !== rejectedToken) return current;
    return await this.untilLeft(this.refresh(), signal);
  }

  peek(): string | undefined {
    return this.#token;
  }

  subscribe(listener: Listener): () => void {
    const subscription = { listener };
    this.subscriptions.push(subscription);
    return () => {
      const index = this.subscriptions.indexOf(subscription);
      if (index >= 0) this.subscriptions.splice(index, 1);
    };
  }

  hold(token: string | undefined): void {
    this.#token = token;
  }

  refresh(): Promise<string> {
    if (this.flight !== undefined) return this.flight;
    if (this.rejection !== undefined) return Promise.reject(this.rejection);
    const flight = this.request();
    flight.catch(() => undefined);
    return (this.flight = flight);
  }

  answer(): Promise<string> {
    return this.endpoint.answer();
  }

  async request(): Promise<string> {
    try {
      const token = await this.answer();
      this.hold(token);
      this.flight = undefined;
      this.publish(token);
      return token;
    } catch (error) {
      this.flight = undefined;
      this.rejection = error as Error;
      throw error;
    }
  }

  publish(token: string): void {
    for (const subscription of [...this.subscriptions]) {
      if (this.subscriptions.includes(subscription)) this.tell(subscription.listener, token);
    }
  }

  tell(listener: Listener, token: string): void {
    try {
      Promise.resolve(listener(token)).catch(() => undefined);
    } catch {
      // Not the source's concern.
    }
  }

  untilLeft(work: Promise<string>, signal: AbortSignal | undefined): Promise<string> {
    return untilAborted(work, signal);
  }
}

/** A fixture of a model that `breakIt` may have broken. */
export function tokenSourceFixture(breakIt?: (source: ModelTokenSource) => void): TokenSourceFixture {
  const source = new ModelTokenSource();
  breakIt?.(source);
  const { endpoint } = source;
  return {
    source,
    requests: () => endpoint.requests,
    expireToken: () => {
      source.hold(undefined);
    },
    failRequests: () => {
      endpoint.isFailing = true;
    },
    recoverRequests: () => {
      endpoint.isFailing = false;
      source.rejection = undefined;
    },
    holdRequests: () => endpoint.hold(),
  };
}
