import type { Logger } from '@temporalio/common';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { type Clock, elapsedMs } from '@worker-auth/inlined';
import type { Emitter } from '@worker-auth/refresh-scheduler';
import { ApiKeyUpdater, type Verdict } from '../connection/api-key-updater.ts';
import { ConnectionFactory } from '../connection/connection-factory.ts';
import { isClosedConnection } from '../errors/refusal.ts';
import { messageOf } from '../errors/kind-of-error.ts';
import { translate } from '../errors/translate.ts';
import type { ClientCertificates } from '../network/client-certificates.ts';
import type { TokenReplacement } from '../tokens/token-replacement.ts';
import { ConnectionReplacer } from './connection-replacer.ts';
import { followingConnection } from './following-connection.ts';
import { Probe, type ProbeResult } from '../connection/probe.ts';
import { ResultReporter } from './results/result-reporter.ts';
import { type ProbeEvent, TokenMonitor } from './token-monitor.ts';
import type { WorkerEvents } from './worker-events.ts';
import { logHealth, worstHealth } from './token-health.ts';
import type { TokenHealth } from './worker-states.ts';

/** What all connections of a plugin have in common. */
export interface MonitoringOptions {
  readonly replacement: TokenReplacement;
  /** Where certificates rotate. */
  readonly certificates: ClientCertificates | undefined;
  /** Whether the tokens are API keys, and not certificates by their fingerprints. */
  readonly hasTokens: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly events: Emitter<WorkerEvents>;
  /** Called when Temporal starts or stops accepting the token of workers. */
  readonly onHealth: () => void;
  /** Called with each connection that takes the place of another. */
  readonly onReplaced: (next: NativeConnection) => void;
  /** The tokens that no message may show. */
  readonly activeTokens: () => readonly string[];
}

/** Temporal rejects the token this often in a row before another connection is tried. */
const rejectionsBeforeReplacement = 2;

interface Monitored {
  readonly monitor: TokenMonitor;
  readonly probe: Probe;
  readonly stop: () => Promise<void>;
  /** The workers that were made, or are being made, and have not ended. */
  users: number;
}

/** A native connection that is kept on a token which Temporal accepts, for the namespaces of its workers. */
export class MonitoredConnection {
  /** The connection in place now and, as soon as another takes its place, that one: for clients that last. */
  readonly following = followingConnection(() => this.connection);
  readonly updater: ApiKeyUpdater;
  readonly #options: MonitoringOptions;
  readonly #address: string | undefined;
  readonly #replacer: ConnectionReplacer | undefined;
  readonly #monitors = new Map<string, Monitored>();
  readonly #ending = new AbortController();

  /** @param isOurs whether it is ours to close */
  constructor(connection: NativeConnection, isOurs: boolean, options: MonitoringOptions) {
    const { replacement, hasTokens, certificates, clock, logger, events, onReplaced } = options;
    const factory = ConnectionFactory.of(connection);
    const { token, fingerprint } = factory?.presented ?? {};
    const explain = (error: unknown): string => this.#explain(error);
    this.#options = options;
    this.#address = factory?.address;
    this.updater = new ApiKeyUpdater({
      ...{ connection, replacement, isPushed: hasTokens, opened: token ?? fingerprint },
      tryToken: (on, tried) => this.#tryToken(on, tried),
      onFailed: (error) => {
        logger.error('A native connection did not take the new access token', { reason: explain(error) });
      },
    });
    this.#replacer =
      factory &&
      new ConnectionReplacer({
        ...{ factory, certificates, clock, logger, events, explain, onReplaced, isOurs },
        ...{ updater: this.updater, following: this.following },
        isAccepted: async (next) => (await this.#tryToken(next, undefined)) === 'accepted',
      });
  }

  /** The one in place now. */
  get connection(): NativeConnection {
    return this.updater.connection;
  }

  /** The worst of the namespaces in use; `undefined` while none is, and once it is closed. */
  get health(): TokenHealth | undefined {
    if (this.updater.isClosed) return undefined;
    return worstHealth([...this.#monitors.values()].map(({ monitor }) => monitor.health));
  }

  /** A worker is made in the namespace, whose token is monitored until the last of them has ended. */
  enter(namespace: string): void {
    (this.#monitors.get(namespace) ?? this.#monitor(namespace)).users++;
  }

  /** A worker of the namespace has ended, or was not made after all. */
  leave(namespace: string): void {
    const known = this.#monitors.get(namespace);
    if (known === undefined || --known.users > 0) return;
    this.#monitors.delete(namespace);
    void known.stop();
  }

  /** See {@link ConnectionReplacer.reserve}. */
  reserve(): () => void {
    return this.#replacer?.reserve() ?? (() => undefined);
  }

  /** Moves a worker along when the connection is replaced. */
  add(worker: Worker): void {
    if (worker.connection !== undefined) this.#replacer?.add(worker, worker.connection);
  }

  /** Reports the results of a worker that is made on this connection. */
  async reporter(namespace: string): Promise<ResultReporter> {
    // It loads Temporal's native code, which programs without workers do without.
    const { Runtime } = await import('@temporalio/worker');
    const { clock, logger, events, random } = this.#options;
    const { updater } = this;
    return new ResultReporter({
      ...{ clock, logger, events, random, signal: this.#ending.signal },
      explain: (error) => this.#explain(error, namespace),
      runtime: () => Runtime.instance(),
      on: {
        place: { address: this.#address, namespace },
        get connection() {
          return updater.connection;
        },
        get currentToken() {
          return updater.current;
        },
        accepted: (token, purpose) => {
          updater.accepted(token, purpose);
        },
        rejected: (token, purpose) => updater.rejected(token, purpose),
      },
    });
  }

  /** Ends it for good, and with it the reports of results that Temporal has not accepted yet. The connection stays open. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.updater.stop();
    await this.#replacer?.stop();
    await Promise.all([...this.#monitors.values()].map(({ stop }) => stop()));
    this.#monitors.clear();
  }

  #monitor(namespace: string): Monitored {
    const { clock, random, replacement, onHealth } = this.#options;
    const { updater } = this;
    const probe = this.#probe(namespace);
    const monitor = new TokenMonitor({
      ...{ clock, random },
      probe: (signal) => this.#ask(probe, this.connection, undefined, signal),
      currentToken: () => updater.current,
    });
    const purpose = `workers of ${namespace}`;
    monitor.on('probed', (event) => {
      this.#onProbed(event, monitor, purpose);
    });
    logHealth(monitor, { ...this.#options, namespace, address: this.#address });
    monitor.on('health', onHealth);
    const unsubscribe = replacement.onRejected((token) => {
      if (token === updater.current) monitor.probeSoon();
    });
    const stop = (): Promise<void> => {
      unsubscribe();
      return monitor.stop();
    };
    const monitored = { monitor, probe, stop, users: 0 };
    this.#monitors.set(namespace, monitored);
    void updater.updated().then(() => {
      monitor.start();
    });
    return monitored;
  }

  #probe(namespace: string | undefined): Probe {
    const { clock } = this.#options;
    const explain = (error: unknown): string => this.#explain(error, namespace);
    return new Probe({ namespace, address: this.#address, clock, explain });
  }

  #onProbed({ result, token, startedAt, count }: ProbeEvent, monitor: TokenMonitor, purpose: string): void {
    const { clock, events, certificates, replacement } = this.#options;
    events.emit('temporalProbed', { result: result.kind, durationMs: elapsedMs(clock, startedAt) });
    if (result.kind === 'good') {
      this.updater.accepted(token, purpose);
      this.#replacer?.accepted();
      return;
    }
    // Core reports nothing of a certificate that no server accepts any more.
    certificates?.lookNow();
    if (result.kind !== 'refused') return;
    void this.updater.rejected(token, purpose).then((isReplaced) => {
      if (isReplaced) monitor.probeSoon(0);
    });
    // A connection is not to blame for a token that is being renewed.
    const isNewest = token === replacement.tokens.peek();
    if (count >= rejectionsBeforeReplacement && isNewest) this.#replacer?.rejected();
  }

  /** Accepted in one namespace is accepted: the others may lack a permission. */
  async #tryToken(on: NativeConnection, token: string | undefined): Promise<Verdict> {
    const monitored = [...this.#monitors.values()].map(({ probe }) => probe);
    const probes = monitored.length === 0 ? [this.#probe(undefined)] : monitored;
    const signal = this.#ending.signal;
    const results = await Promise.all(probes.map((probe) => this.#ask(probe, on, token, signal)));
    if (results.some(({ kind }) => kind === 'good')) return 'accepted';
    return results.every(({ kind }) => kind === 'refused') ? 'rejected' : 'unknown';
  }

  async #ask(
    probe: Probe,
    connection: NativeConnection,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<ProbeResult> {
    try {
      return await probe.ask({ connection, token, signal });
    } catch (error) {
      // Others close their connections without a word.
      if (isClosedConnection(error) && connection === this.connection) this.updater.stop();
      throw error;
    }
  }

  #explain(error: unknown, namespace = 'default'): string {
    const { activeTokens, hasTokens: authEnabled } = this.#options;
    const target = { address: this.#address, namespace, authEnabled };
    return messageOf(translate(error, { target, tokens: activeTokens() }));
  }
}
