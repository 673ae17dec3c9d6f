import type { NativeConnection, Worker } from '@temporalio/worker';
import { ConnectionFactory } from '../connection/connection-factory.ts';
import type { ProbeResultKinds } from '../connection/connection-token-options.ts';
import { ConnectionToken } from '../connection/connection-token.ts';
import { Probe } from '../connection/probe.ts';
import { isClosedConnection } from '@worker-auth/calls/errors/rejection';
import { messageOf, translate } from '@worker-auth/calls/errors/translate';
import type { ClientCertificates } from '@worker-auth/calls/network/client-certificates';
import { ConnectionJudge } from '@worker-auth/calls/connections/connection-judge';
import type { PluginSettings } from '../settings/plugin-settings.ts';
import type { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import type { WorkerEventSink } from '@worker-auth/calls/conditions/worker-events';

export interface MonitoringOptions extends Pick<
  PluginSettings,
  'clock' | 'random' | 'logger' | 'conditions' | 'acknowledgeResults' | 'pendingResultsShare'
> {
  /** Of the tokens, or of the certificates where no token is sent. */
  readonly replacement: TokenReplacement;
  readonly certificates: ClientCertificates | undefined;
  readonly events: WorkerEventSink;
  readonly onHealth: () => void;
}

/** A worker, from before it is made until it has ended. */
export interface PlacedWorker {
  readonly namespace: string;
  /** What it is made on; open until it begins. */
  readonly madeOn: NativeConnection | undefined;
  /** `undefined` before it begins. */
  readonly worker: Worker | undefined;
  /** Its results are sent until then, by the monotonic clock, in ms. */
  endAt(atMs: number): void;
  /** Resolves when none is being sent. */
  settled(): Promise<void>;
  /** Goes where its user has put it. Returns that. */
  follow(): ProbedConnection;
  /** Nothing is sent any more. */
  leave(): void;
}

/** A native connection of workers, kept on a token that Temporal accepts, and what Temporal says on it. */
export class ProbedConnection {
  readonly token: ConnectionToken;
  readonly judge: ConnectionJudge;
  /** The first one, and those that took its place. */
  readonly all: WeakSet<NativeConnection>;
  /** Its user closes it, and by it the one in its place. */
  readonly ofUser: NativeConnection | undefined;
  readonly workers = new Set<PlacedWorker>();
  readonly factory: ConnectionFactory | undefined;
  readonly options: MonitoringOptions;
  /** Whether its tokens are API keys, and not certificates by their fingerprints. */
  readonly isPushed: boolean;
  readonly #probes = new Map<string | undefined, Probe>();
  readonly #ending = new AbortController();
  readonly ending: AbortSignal = this.#ending.signal;

  constructor(connection: NativeConnection, isOurs: boolean, options: MonitoringOptions) {
    const { replacement, certificates, logger } = options;
    this.options = options;
    this.judge = new ConnectionJudge(options.clock);
    this.ofUser = isOurs ? undefined : connection;
    this.all = new WeakSet([connection]);
    this.factory = ConnectionFactory.of(connection);
    this.isPushed = replacement.tokens !== certificates;
    const { token, fingerprint } = this.factory?.presented ?? {};
    this.token = new ConnectionToken({
      connection,
      replacement,
      address: this.address,
      opened: token ?? fingerprint,
      isPushed: this.isPushed,
      tryToken: this.tryToken.bind(this),
      onKept: (isOfSome) => {
        const meta = { address: this.address, namespaces: this.namespaces };
        const who = isOfSome ? 'One namespace or more rejects' : 'Temporal rejects';
        logger.warn(`${who} the new access token; workers keep the one before`, meta);
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
    return [...new Set(Array.from(this.workers, ({ namespace }) => namespace))];
  }

  /** Leaves the connection open. */
  end(): void {
    this.#ending.abort();
    this.token.stop();
  }

  /** @param lacking the token of the call, where it lacks a permission */
  explain(error: unknown, namespace = 'default', lacking?: string): string {
    const { certificates, replacement } = this.options;
    const { tokens } = replacement;
    const [authEnabled, hasCertificate] = [tokens !== certificates, certificates !== undefined];
    const target = { address: this.address, namespace, authEnabled, hasCertificate };
    return messageOf(translate(error, { target, lacking, tokens: tokens.activeTokens ?? [] }));
  }

  /** What asks in the namespace; without one, whether the token is accepted at all. */
  probe(namespace: string | undefined): Probe['ask'] {
    const explain = (error: unknown): string => this.explain(error, namespace);
    const { address, options } = this;
    const probe =
      this.#probes.get(namespace) ?? new Probe({ namespace, address, clock: options.clock, explain });
    this.#probes.set(namespace, probe);
    return (call) =>
      probe.ask({ ...call, current: () => this.token.current }).catch((error: unknown) => {
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
