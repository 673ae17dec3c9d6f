import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, ServerResponse } from 'node:http';
import type { FakeClock } from '../fake-clock.ts';
import type { Activity } from '../thread-work.ts';

const exchanges = new AsyncLocalStorage<Exchange>();

/**
 * Waits in the handler of a request for something that only a test or its clock can bring about: meanwhile the request holds no
 * {@link FakeClock}.
 */
export async function parked<T>(wait: Promise<T>): Promise<T> {
  const exchange = exchanges.getStore();
  exchange?.park();
  try {
    return await wait;
  } finally {
    exchange?.resume();
  }
}

/** The clock by which the server of the request whose handler runs waits; `undefined`: the host's. */
export function exchangeClock(): FakeClock | undefined {
  return exchanges.getStore()?.clock;
}

/**
 * What is under way at a server that has a {@link FakeClock}: requests that a client of this process has sent, arrived or not, and those
 * that have arrived from anywhere. A request that is {@link parked}, or whose handler ended without a response, is not: it hangs.
 */
export class Traffic implements Activity {
  readonly description: string;
  readonly #clock: FakeClock;
  readonly #port: number;
  readonly #sent = new Set<object>();
  readonly #received = new Set<Exchange>();
  readonly #letGo: () => void;

  constructor(clock: FakeClock, port: number) {
    this.#clock = clock;
    this.#port = port;
    this.description = `a request to 127.0.0.1:${port}`;
    subscribe('undici:request:create', this.#onFetch);
    subscribe('undici:request:trailers', this.#onFetched);
    subscribe('undici:request:error', this.#onFetched);
    subscribe('http.client.request.created', this.#onHttpRequest);
    subscribe('http.client.request.start', this.#onHttpRequest);
    this.#letGo = clock.holdWhile(this);
  }

  isUnderWay(): boolean {
    const parkedOnes = [...this.#received].filter(({ isParked }) => isParked).length;
    return Math.max(this.#sent.size, this.#received.size) > parkedOnes;
  }

  async handle(response: ServerResponse, handler: () => Promise<void>): Promise<void> {
    const exchange = new Exchange(this.#clock);
    this.#received.add(exchange);
    response.once('close', () => this.#received.delete(exchange));
    await exchanges.run(exchange, handler);
    if (!response.writableEnded) exchange.park();
  }

  end(): void {
    this.#letGo();
    unsubscribe('undici:request:create', this.#onFetch);
    unsubscribe('undici:request:trailers', this.#onFetched);
    unsubscribe('undici:request:error', this.#onFetched);
    unsubscribe('http.client.request.created', this.#onHttpRequest);
    unsubscribe('http.client.request.start', this.#onHttpRequest);
  }

  readonly #onFetch = (message: unknown): void => {
    const { request } = message as { request: { readonly origin: unknown } };
    if (String(request.origin).endsWith(`:${this.#port}`)) this.#sent.add(request);
  };

  readonly #onFetched = (message: unknown): void => {
    this.#sent.delete((message as { request: object }).request);
  };

  readonly #onHttpRequest = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    if (request.destroyed || !String(request.getHeader('host')).endsWith(`:${this.#port}`)) return;
    this.#sent.add(request);
    request.once('close', () => this.#sent.delete(request));
  };
}

/** One request that has arrived, until its response is closed. */
class Exchange {
  readonly clock: FakeClock;
  #waits = 0;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  get isParked(): boolean {
    return this.#waits > 0;
  }

  park(): void {
    this.#waits++;
  }

  resume(): void {
    this.#waits--;
  }
}
