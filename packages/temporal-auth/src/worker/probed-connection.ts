import type { ActivityInterceptorsFactory, NativeConnection, Worker } from '@temporalio/worker';
import { ConnectionFactory } from '../connection/connection-factory.ts';
import { ConnectionToken, type ProbeResultKinds } from '../connection/connection-token.ts';
import { Probe } from '../connection/probe.ts';
import type { ResultReporter } from '../delivery/result-reporter.ts';
import { isClosedConnection } from '../errors/rejection.ts';
import { messageOf, translate } from '../errors/translate.ts';
import type { ClientCertificates } from '../network/client-certificates.ts';
import type { Settings } from '../settings/settings.ts';
import type { TokenReplacement } from '../tokens/token-replacement.ts';
import type { WorkerEventSink } from './worker-events.ts';

export interface MonitoringOptions extends Pick<
  Settings,
  'clock' | 'random' | 'logger' | 'conditions' | 'acknowledgeResults'
> {
  /** Of the tokens, or of the certificates where no token is sent. */
  readonly replacement: TokenReplacement;
  readonly certificates: ClientCertificates | undefined;
  readonly events: WorkerEventSink;
  readonly onHealth: () => void;
}

/** A worker, from before it is made until it has ended. */
export interface WorkerUse {
  readonly namespace: string;
  /** Among its options. */
  readonly interceptor: ActivityInterceptorsFactory;
  /** Opened for workers that have no connection, until the last of them has ended; `undefined` for one of the user's. */
  own: Promise<NativeConnection> | undefined;
  /** What the worker is made on; open until it begins. */
  madeOn?: NativeConnection;
  worker?: Worker;
  /** `undefined` where Core reports the results. */
  reporter?: ResultReporter;
}

/** A native connection of workers, kept on a token that Temporal accepts, and what Temporal says on it. */
export class ProbedConnection {
  readonly token: ConnectionToken;
  /** The first one, and those that took its place. */
  readonly all: WeakSet<NativeConnection>;
  /** Not ours to close. */
  readonly ofUser: NativeConnection | undefined;
  readonly uses = new Set<WorkerUse>();
  readonly factory: ConnectionFactory | undefined;
  readonly options: MonitoringOptions;
  readonly #ending = new AbortController();
  readonly ending: AbortSignal = this.#ending.signal;

  constructor(connection: NativeConnection, isOurs: boolean, options: MonitoringOptions) {
    const { replacement, certificates, logger } = options;
    this.options = options;
    this.ofUser = isOurs ? undefined : connection;
    this.all = new WeakSet([connection]);
    this.factory = ConnectionFactory.of(connection);
    const { token, fingerprint } = this.factory?.presented ?? {};
    this.token = new ConnectionToken({
      connection,
      replacement,
      opened: token ?? fingerprint,
      isPushed: replacement.tokens !== certificates,
      tryToken: this.tryToken.bind(this),
      onKept: () => {
        const meta = { address: this.address, namespaces: this.namespaces };
        logger.warn('Temporal rejects the new access token; workers keep the one before', meta);
      },
      onFailed: (error) => {
        const reason = this.explain(error);
        logger.error('A native connection did not take the new access token', { reason });
      },
    });
  }

  /** `host:port`; `undefined` where it was opened without the plugin. */
  get address(): string | undefined {
    return this.factory?.address;
  }

  get namespaces(): readonly string[] {
    return [...new Set(Array.from(this.uses, ({ namespace }) => namespace))];
  }

  /** Leaves the connection open. */
  end(): void {
    this.#ending.abort();
    this.token.stop();
  }

  explain(error: unknown, namespace = 'default'): string {
    const { certificates, replacement } = this.options;
    const { tokens } = replacement;
    const [authEnabled, hasCertificate] = [tokens !== certificates, certificates !== undefined];
    const target = { address: this.address, namespace, authEnabled, hasCertificate };
    return messageOf(translate(error, { target, tokens: tokens.activeTokens ?? [] }));
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
    namespaces: readonly (string | undefined)[] = this.namespaces,
  ): Promise<ProbeResultKinds> {
    const call = { connection, token, signal: this.ending };
    const asked = (namespaces.length === 0 ? [undefined] : namespaces).map(
      async (namespace) => [namespace, (await this.probe(namespace)(call)).kind] as const,
    );
    return new Map(await Promise.all(asked));
  }
}
