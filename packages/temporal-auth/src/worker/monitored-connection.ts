import type { NativeConnection, Worker } from '@temporalio/worker';
import { elapsedMs } from '@worker-auth/internal';
import { ApiKeyUpdater, type Verdict } from '../connection/api-key-updater.ts';
import { ConnectionFactory } from '../connection/connection-factory.ts';
import { connectionClosed } from '../errors/own-errors.ts';
import { isClosedConnection } from '../errors/refusal.ts';
import { messageOf } from '../errors/kind-of-error.ts';
import { translate } from '../errors/translate.ts';
import type { ClientCertificates } from '../network/client-certificates.ts';
import type { CommonSettings } from '../settings/auth-settings.ts';
import type { TokenReplacement } from '../tokens/token-replacement.ts';
import { ConnectionReplacer } from './connection-replacer.ts';
import { closeUnheld } from './moved-worker.ts';
import { Probe, type ProbeCall, type ProbeResult } from '../connection/probe.ts';
import { ResultReporter } from './results/result-reporter.ts';
import { TokenMonitor, type Probed } from './token-monitor.ts';
import type { WorkerEventSink } from './worker-events.ts';
import { logHealth, type TokenHealth, worstHealth } from './worker-health.ts';

export interface MonitoringOptions extends Pick<CommonSettings, 'clock' | 'random' | 'logger'> {
  readonly replacement: TokenReplacement;
  readonly certificates: ClientCertificates | undefined;
  /** Whether the tokens are API keys, and not certificates by their fingerprints. */
  readonly hasTokens: boolean;
  /** Whether the results of activities are reported here, and not by Core. */
  readonly acknowledgeResults: boolean;
  readonly events: WorkerEventSink;
  readonly onHealth: () => void;
  /** The tokens that no message may show. */
  readonly activeTokens: () => readonly string[];
}

/** A worker on a connection, from before it is made until it has ended. */
export interface ConnectionUse {
  readonly on: MonitoredConnection;
  readonly namespace: string;
  /** What the worker is made on; open until it begins. */
  madeOn: NativeConnection;
  worker?: Worker;
  /** `undefined` where Core reports the results. */
  reporter?: ResultReporter;
}

/** A native connection that is kept on a token which Temporal accepts, for the namespaces of its workers. */
export class MonitoredConnection {
  readonly updater: ApiKeyUpdater;
  /** The first one, and those that took its place. */
  readonly all = new WeakSet<NativeConnection>();
  readonly #options: MonitoringOptions;
  /** Not ours to close. */
  readonly #ofUser: NativeConnection | undefined;
  readonly #address: string | undefined;
  readonly #replacer: ConnectionReplacer | undefined;
  readonly #unsubscribe: () => void;
  readonly #uses = new Set<ConnectionUse>();
  readonly #monitors = new Map<string, TokenMonitor>();
  readonly #ending = new AbortController();

  /** @param isOurs whether it is ours to close */
  constructor(connection: NativeConnection, isOurs: boolean, options: MonitoringOptions) {
    const { replacement, hasTokens, certificates, clock, logger, events } = options;
    const factory = ConnectionFactory.of(connection);
    const { token, fingerprint } = factory?.presented ?? {};
    const explain = (error: unknown): string => this.#explain(error);
    this.#options = options;
    this.#ofUser = isOurs ? undefined : connection;
    this.all.add(connection);
    this.#address = factory?.address;
    this.updater = new ApiKeyUpdater({
      ...{ connection, replacement, isPushed: hasTokens, opened: token ?? fingerprint },
      tryToken: (on, tried) => this.#tryToken(on, tried),
      onKept: () => {
        const meta = { address: this.#address, namespaces: [...this.#monitors.keys()] };
        logger.warn('Temporal rejects the new access token; workers keep the one before', meta);
      },
      onFailed: (error) => {
        logger.error('A native connection did not take the new access token', { reason: explain(error) });
      },
    });
    this.#unsubscribe = replacement.onRejected((token) => {
      if (token === this.updater.current) this.#probeSoon();
    });
    this.#replacer =
      factory &&
      new ConnectionReplacer({
        ...{ factory, certificates, clock, logger, events, explain, isOurs },
        ...{ updater: this.updater, uses: this.#uses },
        onReplaced: (next) => {
          this.all.add(next);
          this.#probeSoon();
        },
        isAccepted: async (next) => (await this.#tryToken(next, undefined)) === 'accepted',
      });
  }

  /** The worst of the namespaces in use; `undefined` while none is, and once it is closed. */
  get health(): TokenHealth | undefined {
    if (this.updater.isClosed) return undefined;
    return worstHealth([...this.#monitors.values()].map(({ health }) => health));
  }

  /** A worker is made in the namespace, on a connection that stays open until then; the token is monitored until the last worker has ended. */
  async use(namespace: string): Promise<ConnectionUse> {
    const use: ConnectionUse = { on: this, namespace, madeOn: this.updater.connection };
    this.#uses.add(use);
    if (!this.#monitors.has(namespace)) this.#monitor(namespace);
    await this.updater.updated();
    if (this.updater.isClosed) throw connectionClosed();
    use.madeOn = this.updater.connection;
    return use;
  }

  /** Its worker begins. */
  begin(use: ConnectionUse, worker: Worker): void {
    if (use.worker !== undefined) return;
    use.worker = worker;
    if (worker.connection !== undefined) this.#replacer?.add(worker, worker.connection);
    const { clock, logger, events, random, acknowledgeResults } = this.#options;
    if (!acknowledgeResults) return;
    const { namespace } = use;
    use.reporter = new ResultReporter(worker.options, {
      ...{ clock, logger, events, random, signal: this.#ending.signal },
      explain: (error) => this.#explain(error, namespace),
      on: this.updater,
      place: { address: this.#address, namespace },
      onAccepted: this.accepted.bind(this, namespace),
    });
  }

  /** Its worker has ended, or was not made after all. */
  end(use: ConnectionUse): void {
    const { namespace } = use;
    this.#uses.delete(use);
    void this.#replacer?.closeLeft();
    if ([...this.#uses].some((other) => other.namespace === namespace)) return;
    void this.#monitors.get(namespace)?.stop();
    this.#monitors.delete(namespace);
  }

  /** Temporal accepted a call of a worker of the namespace. */
  accepted(namespace: string): void {
    this.#monitors.get(namespace)?.accepted();
  }

  /** Ends it for good, and with it the reports of results that Temporal has not accepted yet. A connection of the user's stays open. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#unsubscribe();
    this.updater.stop();
    this.#uses.clear();
    await this.#replacer?.stop();
    await Promise.all([...this.#monitors.values()].map((monitor) => monitor.stop()));
    if (this.updater.connection !== this.#ofUser)
      await closeUnheld(this.updater.connection, this.#options.logger);
  }

  #monitor(namespace: string): void {
    const { clock, random, onHealth } = this.#options;
    const place = { namespace, address: this.#address };
    const probe = this.#probe(namespace);
    const monitor = new TokenMonitor({
      ...{ clock, random },
      probe: (signal) => this.#ask(probe, { connection: this.updater.connection, signal }),
      currentToken: () => this.updater.current,
      onProbed: (probed) => {
        this.#onProbed(probed, monitor, `workers of ${namespace}`);
      },
      onHealth: (health, before) => {
        logHealth(health, before, place, this.#options);
        onHealth();
      },
    });
    this.#monitors.set(namespace, monitor);
    void this.updater.updated().then(monitor.start.bind(monitor));
  }

  #probeSoon(): void {
    for (const monitor of this.#monitors.values()) monitor.probeSoon();
  }

  #probe(namespace: string | undefined): Probe {
    const explain = (error: unknown): string => this.#explain(error, namespace);
    return new Probe({ namespace, address: this.#address, clock: this.#options.clock, explain });
  }

  #onProbed(probed: Probed, monitor: TokenMonitor, purpose: string): void {
    const { result, token, startedAt, count } = probed;
    const { clock, events, certificates, replacement } = this.#options;
    events.emit('temporalProbed', { result: result.kind, durationMs: elapsedMs(clock, startedAt) });
    if (result.kind === 'good') {
      this.updater.accepted(token, purpose);
      return this.#replacer?.accepted();
    }
    // Core reports nothing of a certificate that no server accepts any more.
    void certificates?.renewNow();
    if (result.kind !== 'refused') return;
    void this.updater.rejected(token, purpose).then((isReplaced) => {
      if (isReplaced) monitor.probeSoon(0);
    });
    // A connection is not to blame for one rejection, nor for a token that is being renewed.
    if (count > 1 && token === replacement.tokens.peek()) this.#replacer?.rejected();
  }

  /** Accepted in one namespace is accepted: the others may lack a permission. */
  async #tryToken(on: NativeConnection, token: string | undefined): Promise<Verdict> {
    const namespaces = this.#monitors.size === 0 ? [undefined] : [...this.#monitors.keys()];
    const call = { connection: on, token, signal: this.#ending.signal };
    const results = await Promise.all(namespaces.map((namespace) => this.#ask(this.#probe(namespace), call)));
    if (results.some(({ kind }) => kind === 'good')) return 'accepted';
    return results.every(({ kind }) => kind === 'refused') ? 'rejected' : 'unknown';
  }

  async #ask(probe: Probe, call: ProbeCall): Promise<ProbeResult> {
    try {
      return await probe.ask(call);
    } catch (error) {
      // Others close their connections without a word.
      if (isClosedConnection(error) && call.connection === this.updater.connection) this.updater.stop();
      throw error;
    }
  }

  #explain(error: unknown, namespace = 'default'): string {
    const { activeTokens, hasTokens: authEnabled } = this.#options;
    const target = { address: this.#address, namespace, authEnabled };
    return messageOf(translate(error, { target, tokens: activeTokens() }));
  }
}
