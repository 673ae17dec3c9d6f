import type { NativeConnection, Worker } from '@temporalio/worker';
import { closeUnheld, ConnectionReplacer } from './connection-replacer.ts';
import { type MonitoringOptions, type PlacedWorker, ProbedConnection } from './probed-connection.ts';
import { TokenMonitor } from './token-monitor.ts';
import type { TokenHealth } from '@worker-auth/calls/conditions/worker-health';

/** The workers on a native connection: their token is monitored in each namespace. */
export class MonitoredConnection extends ProbedConnection {
  readonly #replacer: ConnectionReplacer | undefined;
  readonly #unsubscribe: () => void;
  readonly #monitors = new Map<string, TokenMonitor>();

  constructor(connection: NativeConnection, isOurs: boolean, options: MonitoringOptions) {
    super(connection, isOurs, options);
    this.#unsubscribe = options.replacement.onRejected((rejected) => {
      if (rejected === this.token.current) this.#probeSoon();
    });
    const { factory } = this;
    this.#replacer = factory && new ConnectionReplacer(this, factory, this.#probeSoon.bind(this));
  }

  /** Of each namespace in use; none once it is closed. */
  get healths(): readonly TokenHealth[] {
    return this.token.isClosed ? [] : [...this.#monitors.values()].map(({ health }) => health);
  }

  /** The token is monitored in the namespace of a worker until the last one there has left. */
  add(place: PlacedWorker): void {
    const { namespace, worker } = place;
    this.workers.add(place);
    if (!this.#monitors.has(namespace))
      this.#monitors.set(namespace, new TokenMonitor(this, namespace, this.#replacer));
    if (worker !== undefined) this.begin(worker);
  }

  begin(worker: Worker): void {
    this.#replacer?.add(worker);
  }

  remove(place: PlacedWorker): void {
    const { namespace } = place;
    this.workers.delete(place);
    void this.#replacer?.closeLeft();
    if (this.namespaces.includes(namespace)) return;
    this.#monitors.get(namespace)?.stop();
    this.#monitors.delete(namespace);
  }

  /** A call in the namespace was accepted. */
  accepted(namespace: string): void {
    this.judge.heard();
    this.#monitors.get(namespace)?.accepted();
  }

  /** See {@link ConnectionReplacer.tryAnother}: a call of ours has had no answer for 5 s, and the peer may be gone without a word. */
  async silent(namespace: string): Promise<boolean> {
    return this.judge.isSilent && ((await this.#replacer?.tryAnother(namespace)) ?? false);
  }

  /** Ends it for good, with the results that Temporal has not accepted by `endMs`; without that, at once. A connection of the user's stays open. */
  async stop(endMs?: number): Promise<void> {
    if (endMs !== undefined) {
      for (const place of this.workers) place.endAt(endMs);
      await Promise.all(Array.from(this.workers, (place) => place.settled()));
    }
    this.end();
    this.#unsubscribe();
    for (const place of this.workers) if (place.follow() === this) place.leave();
    await this.#replacer?.stop();
    if (this.ofUser === undefined) await closeUnheld(this.token.connection, this.options.logger);
  }

  /** Something happened about which only a probe says the truth. */
  #probeSoon(): void {
    for (const monitor of this.#monitors.values()) monitor.probeSoon();
  }
}
