import type { ActivityInterceptorsFactory, NativeConnection, Worker } from '@temporalio/worker';
import { ConnectionToken, type TokenVerdicts, type Verdict } from '../connection/connection-token.ts';
import { ConnectionFactory } from '../connection/connection-factory.ts';
import { Probe, type ProbeResult, verdictOf } from '../connection/probe.ts';
import { connectionClosed } from '../errors/own-errors.ts';
import { isClosedConnection } from '../errors/rejection.ts';
import { messageOf, translate } from '../errors/translate.ts';
import type { ClientCertificates } from '../network/client-certificates.ts';
import type { Settings } from '../settings/settings.ts';
import type { TokenReplacement } from '../tokens/token-replacement.ts';
import { closeUnheld, ConnectionReplacer } from './connection-replacer.ts';
import { ResultReporter } from '../delivery/result-reporter.ts';
import { ResultSender } from '../delivery/result-sender.ts';
import { TokenMonitor } from './token-monitor.ts';
import type { WorkerEventSink } from './worker-events.ts';
import type { TokenHealth } from './worker-health.ts';

export interface MonitoringOptions extends Pick<
  Settings,
  'clock' | 'random' | 'logger' | 'acknowledgeResults'
> {
  readonly replacement: TokenReplacement;
  readonly certificates: ClientCertificates | undefined;
  /** Whether the tokens are API keys, and not certificates by their fingerprints. */
  readonly hasTokens: boolean;
  readonly events: WorkerEventSink;
  readonly onHealth: () => void;
  /** The tokens that no message may show. */
  readonly activeTokens: () => readonly string[];
}

/** A worker, from before it is made until it has ended. */
export interface WorkerUse {
  readonly namespace: string;
  /** Among its options. */
  readonly interceptor: ActivityInterceptorsFactory;
  /** Opened for workers that have no connection, until the last of them has ended; `undefined` for one of the user's. */
  own: Promise<NativeConnection> | undefined;
  /** `undefined` where nothing is monitored. */
  on?: MonitoredConnection;
  /** What the worker is made on; open until it begins. */
  madeOn?: NativeConnection;
  worker?: Worker;
  /** `undefined` where Core reports the results. */
  reporter?: ResultReporter;
}

/** A native connection that is kept on a token which Temporal accepts, for the namespaces of its workers. */
export class MonitoredConnection {
  readonly token: ConnectionToken;
  /** The first one, and those that took its place. */
  readonly all = new WeakSet<NativeConnection>();
  /** Not ours to close. */
  readonly ofUser: NativeConnection | undefined;
  readonly uses = new Set<WorkerUse>();
  /** `host:port`; `undefined` where it was opened without the plugin. */
  readonly address: string | undefined;
  readonly options: MonitoringOptions;
  readonly replacer: ConnectionReplacer | undefined;
  readonly #unsubscribe: () => void;
  readonly #monitors = new Map<string, TokenMonitor>();
  readonly #senders = new Map<string, ResultSender>();
  readonly #ending = new AbortController();
  readonly ending: AbortSignal = this.#ending.signal;

  constructor(connection: NativeConnection, isOurs: boolean, options: MonitoringOptions) {
    const { replacement, hasTokens, logger } = options;
    const factory = ConnectionFactory.of(connection);
    const { token: opened, fingerprint } = factory?.presented ?? {};
    this.options = options;
    this.ofUser = isOurs ? undefined : connection;
    this.all.add(connection);
    this.address = factory?.address;
    this.token = new ConnectionToken({
      ...{ connection, replacement, isPushed: hasTokens, opened: opened ?? fingerprint },
      tryToken: this.tryToken.bind(this),
      onKept: () => {
        const meta = { address: this.address, namespaces: [...this.#monitors.keys()] };
        logger.warn('Temporal rejects the new access token; workers keep the one before', meta);
      },
      onFailed: (error) => {
        const reason = this.explain(error);
        logger.error('A native connection did not take the new access token', { reason });
      },
    });
    this.#unsubscribe = replacement.onRejected((rejected) => {
      if (rejected === this.token.current) this.probeSoon();
    });
    this.replacer = factory && new ConnectionReplacer(this, factory);
  }

  /** Of each namespace in use; none once it is closed. */
  get healths(): readonly TokenHealth[] {
    return this.token.isClosed ? [] : [...this.#monitors.values()].map(({ health }) => health);
  }

  /** A worker is made, on a connection that stays open until it begins; the token is monitored in its namespace until the last worker has ended. */
  async add(use: WorkerUse): Promise<void> {
    use.on = this;
    this.uses.add(use);
    const { namespace } = use;
    if (!this.#monitors.has(namespace)) this.#monitors.set(namespace, new TokenMonitor(this, namespace));
    await this.token.updated();
    if (this.token.isClosed) throw connectionClosed();
    use.madeOn = this.token.connection;
  }

  begin(use: WorkerUse, worker: Worker): void {
    if (use.worker !== undefined) return;
    use.worker = worker;
    this.replacer?.add(worker);
    if (!this.options.acknowledgeResults) return;
    const sender = this.#senders.get(use.namespace) ?? new ResultSender(this, use.namespace);
    this.#senders.set(use.namespace, sender);
    use.reporter = new ResultReporter(sender, worker.options, this.options.clock);
  }

  end(use: WorkerUse): void {
    const { namespace } = use;
    this.uses.delete(use);
    void this.replacer?.closeLeft();
    if ([...this.uses].some((other) => other.namespace === namespace)) return;
    this.#monitors.get(namespace)?.stop();
    this.#monitors.delete(namespace);
  }

  accepted(namespace: string): void {
    this.#monitors.get(namespace)?.accepted();
  }

  /**
   * A call of ours in the namespace has had no answer for 5 s: the peer may be gone without a word. Where Temporal answers on another connection and not
   * on this one, that takes its place. Resolves when this is known, to whether another is in place: the call is to be made on that too, and the answer
   * to either counts.
   *
   * @param probe what comes of the call, where it says whether this connection answers; else that is asked
   */
  async silent(namespace: string, probe?: Promise<ProbeResult>): Promise<boolean> {
    const { connection } = this.token;
    await this.replacer?.tryAnother(namespace, probe);
    return connection !== this.token.connection;
  }

  /** Something happened that only a probe can tell the truth about. */
  probeSoon(): void {
    for (const monitor of this.#monitors.values()) monitor.probeSoon();
  }

  /** Ends it for good, with the results that Temporal has not accepted by `endMs`; without that, at once. A connection of the user's stays open. */
  async stop(endMs?: number): Promise<void> {
    if (endMs !== undefined) {
      for (const { reporter } of this.uses) reporter?.endAt(endMs);
      await Promise.all(Array.from(this.#senders.values(), (sender) => sender.settled()));
    }
    this.#ending.abort();
    this.#unsubscribe();
    this.token.stop();
    this.uses.clear();
    await this.replacer?.stop();
    for (const monitor of this.#monitors.values()) monitor.stop();
    if (this.token.connection !== this.ofUser) await closeUnheld(this.token.connection, this.options.logger);
  }

  explain(error: unknown, namespace = 'default'): string {
    const { activeTokens, hasTokens: authEnabled } = this.options;
    const target = { address: this.address, namespace, authEnabled };
    return messageOf(translate(error, { target, tokens: activeTokens() }));
  }

  /** What asks in the namespace; without one, whether the token is accepted at all. */
  probe(namespace: string | undefined): Probe['ask'] {
    const explain = (error: unknown): string => this.explain(error, namespace);
    const probe = new Probe({ namespace, address: this.address, clock: this.options.clock, explain });
    return (call) =>
      probe.ask(call).catch((error: unknown) => {
        if (!isClosedConnection(error)) throw error;
        // It was replaced, and closed, before it was asked.
        if (call.connection !== this.token.connection) return { kind: 'unreachable', reason: explain(error) };
        // Others close the connection in place without a word.
        this.token.stop();
        throw error;
      });
  }

  /** Tries a token, else its own, on another connection or this one, in each namespace. */
  async tryToken(
    connection: NativeConnection,
    token?: string,
    namespaces: readonly string[] = [...this.#monitors.keys()],
  ): Promise<TokenVerdicts> {
    const call = { connection, token, signal: this.ending };
    const places = namespaces.length === 0 ? [undefined] : namespaces;
    const ask = async (namespace: string | undefined): Promise<[string | undefined, Verdict]> => {
      return [namespace, verdictOf(await this.probe(namespace)(call))];
    };
    return new Map(await Promise.all(places.map(ask)));
  }
}
