import type { NativeConnection, Worker } from '@temporalio/worker';
import { ResultReporter } from '../delivery/result-reporter.ts';
import { ResultSender } from '../delivery/result-sender.ts';
import { connectionClosed } from '../errors/own-errors.ts';
import { closeUnheld, ConnectionReplacer } from './connection-replacer.ts';
import { type MonitoringOptions, ProbedConnection, type WorkerUse } from './probed-connection.ts';
import { TokenMonitor } from './token-monitor.ts';
import type { TokenHealth } from './worker-health.ts';

/** The workers on a native connection: their token is monitored in each namespace, and their results are sent. */
export class MonitoredConnection extends ProbedConnection {
  readonly #replacer: ConnectionReplacer | undefined;
  readonly #unsubscribe: () => void;
  readonly #monitors = new Map<string, TokenMonitor>();
  readonly #senders = new Map<string, ResultSender>();

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

  /** A worker is made, on a connection that stays open until it begins; the token is monitored in its namespace until the last worker has ended. */
  async add(use: WorkerUse): Promise<void> {
    const { namespace } = use;
    this.uses.add(use);
    if (!this.#monitors.has(namespace))
      this.#monitors.set(namespace, new TokenMonitor(this, namespace, this.#replacer));
    await this.token.updated();
    if (this.token.isClosed) throw connectionClosed();
    use.madeOn = this.token.connection;
  }

  begin(use: WorkerUse, worker: Worker): void {
    if (use.worker !== undefined) return;
    use.worker = worker;
    this.#replacer?.add(worker);
    if (!this.options.acknowledgeResults) return;
    const sender = this.#senders.get(use.namespace) ?? new ResultSender(this, use.namespace);
    this.#senders.set(use.namespace, sender);
    use.reporter = new ResultReporter(sender, worker, this.options.clock);
  }

  remove(use: WorkerUse): void {
    const { namespace } = use;
    this.uses.delete(use);
    void this.#replacer?.closeLeft();
    if (this.namespaces.includes(namespace)) return;
    this.#monitors.get(namespace)?.stop();
    this.#monitors.delete(namespace);
  }

  /** A call in the namespace was accepted. */
  accepted(namespace: string): void {
    this.#monitors.get(namespace)?.accepted();
  }

  /** See {@link ConnectionReplacer.tryAnother}: a call of ours has had no answer for 5 s, and the peer may be gone without a word. */
  async silent(namespace: string): Promise<boolean> {
    return (await this.#replacer?.tryAnother(namespace)) ?? false;
  }

  /** Ends it for good, with the results that Temporal has not accepted by `endMs`; without that, at once. A connection of the user's stays open. */
  async stop(endMs?: number): Promise<void> {
    if (endMs !== undefined) {
      for (const { reporter } of this.uses) reporter?.endAt(endMs);
      await Promise.all(Array.from(this.#senders.values(), (sender) => sender.settled()));
    }
    this.end();
    this.#unsubscribe();
    this.uses.clear();
    await this.#replacer?.stop();
    for (const monitor of this.#monitors.values()) monitor.stop();
    const { connection } = this.token;
    if (connection !== this.ofUser) await closeUnheld(connection, this.options.logger);
  }

  /** Something happened about which only a probe says the truth. */
  #probeSoon(): void {
    for (const monitor of this.#monitors.values()) monitor.probeSoon();
  }
}
