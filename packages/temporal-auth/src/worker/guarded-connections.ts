import type { Logger } from '@temporalio/common';
import type { NativeConnection, Worker, WorkerOptions } from '@temporalio/worker';
import type { Clock } from '@worker-auth/inlined';
import type { Emitter } from '@worker-auth/refresh-scheduler';
import type { TokenSource } from '@worker-auth/token-manager';
import type { ClientCertificates } from '../certificates/client-certificates.ts';
import { attachOnce, isAttached } from '../connection/attachments.ts';
import { nothingToPush } from '../connection/nothing-to-push.ts';
import { OpenedWith } from '../connection/opened-with.ts';
import type { PushedConnection } from '../connection/pushed-connection.ts';
import { connectionClosed } from '../errors/own-errors.ts';
import { messageOf, translate } from '../errors/translate.ts';
import { type ClientHealth, temporalHealth } from '../health/client-health.ts';
import { ConnectionGuard } from './connection-guard.ts';
import { ConnectionRotations } from './connection-rotations.ts';
import { FollowedWorkers } from './followed-workers.ts';
import { guardedOptions } from './guarded-options.ts';
import type { WorkerEvents } from './worker-events.ts';

/** Settings of {@link GuardedConnections}. */
export interface GuardedConnectionsOptions {
  readonly tokens: TokenSource;
  /** Where certificates rotate. */
  readonly certificates?: ClientCertificates | undefined;
  /** Whether the tokens are pushed, and not certificates by their fingerprints. Default true. */
  readonly hasTokens?: boolean | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For messages: `host:port`. */
  readonly address: string;
  readonly acknowledgeResults: boolean;
  /** Told of what happens to the workers. */
  readonly events: Emitter<WorkerEvents>;
  /** Called when Temporal takes the token of the workers no more, or again. */
  readonly onHealth: () => void;
  /** The tokens that no message may show. */
  readonly living: () => readonly string[];
  /** Opens a connection for workers that have none. */
  readonly connect: () => Promise<NativeConnection>;
}

type Attached = PushedConnection<NativeConnection>;

interface OwnConnection {
  readonly opening: Promise<NativeConnection>;
  /** Once it is open. */
  connection?: NativeConnection;
  /** The workers that were made, or are being made, on it and have not ended. */
  users: number;
}

/** The native connections that others opened, told of each token, and guarded as soon as a worker is made on one. */
export class GuardedConnections {
  readonly #options: GuardedConnectionsOptions;
  readonly #attached = new Map<NativeConnection, Attached>();
  /** Those of them that somebody else tells of tokens, and goes on to. */
  readonly #borrowed = new WeakSet<Attached>();
  readonly #guards = new Map<NativeConnection, ConnectionGuard>();
  readonly #rotations: ConnectionRotations;
  readonly #workers = new FollowedWorkers();
  /** The connection for workers that have none, from when the first of them asks for it until the last has ended. */
  #own: OwnConnection | undefined;

  constructor(options: GuardedConnectionsOptions) {
    this.#options = options;
    this.#rotations = new ConnectionRotations(options.certificates);
  }

  /** How Temporal takes the token of the workers, and how these are. */
  health(): Pick<ClientHealth, 'temporal' | 'workers'> {
    const newest = [...this.#guards.values()].at(-1);
    return {
      temporal: temporalHealth(newest?.watchdog.health, this.#options.clock),
      workers: this.#workers.health(),
    };
  }

  /** Tells it of each new token until it is closed. */
  attach(given: NativeConnection): Attached {
    const connection = this.#rotations.firstOf(given);
    const known = this.#attached.get(connection);
    if (known?.isClosed === false) return known;
    this.#forgetClosed();
    const { tokens, hasTokens = true, logger } = this.#options;
    const isBorrowed = isAttached(connection);
    const attached = attachOnce({
      connection,
      tokens: hasTokens ? tokens : nothingToPush,
      // A fingerprint is no token, so the newest token is pushed at once.
      opened: OpenedWith.of(connection)?.fingerprint ?? '',
      onPushFailed: (error) => {
        logger.error('A native connection did not take the new access token', {
          reason: this.#explain(error),
        });
      },
    });
    if (isBorrowed) this.#borrowed.add(attached);
    this.#attached.set(connection, attached);
    return attached;
  }

  /**
   * The options of a worker, with what guards it; the same when they are given once more.
   *
   * @throws StoppedError when all is ended meanwhile; what {@link GuardedConnectionsOptions.connect} and {@link guardedOptions} throw
   */
  async guarded(options: WorkerOptions): Promise<WorkerOptions> {
    if (this.#workers.isHeld(options)) return options;
    const { logger, acknowledgeResults } = this.#options;
    const attached = this.attach(options.connection ?? (await this.#ownConnection()));
    await attached.pushed();
    if (this.#attached.get(this.#rotations.firstOf(attached.connection)) !== attached)
      throw connectionClosed();
    // Where a connection has workers of several namespaces, the watchdog asks for the first one's.
    const { namespace = 'default' } = options;
    const guard = this.#guardOf(attached, namespace);
    const made = await guardedOptions(options, guard, { logger, acknowledgeResults, namespace });
    const { interceptor, reporter } = made;
    if (interceptor !== undefined) this.#workers.hold(interceptor, { reporter });
    return { ...made.options, connection: guard.connection };
  }

  /** A worker begins to run: its results are reported, it is moved along with another certificate. */
  follow(worker: Worker): void {
    const { connection } = worker;
    if (connection === undefined) return;
    if (!this.#workers.begin(worker, this.#rotations.firstOf(connection))) return;
    this.#rotations.add(worker, connection);
    this.#workers.serve(worker);
  }

  /** A worker has ended; its connection is closed, if it was opened here, as soon as the activities are reported that it has left behind. */
  async ended(worker: Pick<Worker, 'connection'>): Promise<void> {
    if (worker.connection === undefined || !this.#workers.end(worker)) return;
    const connection = this.#workers.connectionOf(worker) ?? this.#rotations.firstOf(worker.connection);
    const reported = this.#workers.reported(worker);
    if (reported === undefined) await this.#leave(connection);
    else void reported.then(() => this.#leave(connection));
  }

  async #leave(connection: NativeConnection): Promise<void> {
    const own = this.#own;
    if (own?.connection !== connection) return;
    own.users--;
    if (own.users > 0) return;
    this.#own = undefined;
    await this.#closeOwn(connection);
  }

  /** Ends all watching and pushing. A connection that was opened here for a worker that never ran is closed. */
  async stop(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    const connection = await own?.opening.catch(() => undefined);
    if (connection !== undefined) await this.#closeOwn(connection);
    for (const others of [...this.#attached.keys()]) await this.#release(others);
  }

  async #ownConnection(): Promise<NativeConnection> {
    const own = (this.#own ??= { opening: this.#options.connect(), users: 0 });
    // Before any wait: the last worker may just be ending.
    own.users++;
    try {
      own.connection = await own.opening;
    } catch (error) {
      if (this.#own === own) this.#own = undefined;
      throw error;
    }
    // It is closed by whoever has ended everything meanwhile.
    if (this.#own !== own) throw connectionClosed();
    return own.connection;
  }

  async #closeOwn(connection: NativeConnection): Promise<void> {
    const isInPlace = await this.#release(connection);
    if (isInPlace) await this.#close(connection);
  }

  /** A worker that has failed may hold its connection for ever, and its own error is the one to be told. */
  async #close(connection: NativeConnection): Promise<void> {
    try {
      await connection.close();
    } catch (error) {
      this.#options.logger.warn('The connection of a worker could not be closed', {
        reason: this.#explain(error),
      });
    }
  }

  #guardOf(attached: Attached, namespace: string): ConnectionGuard {
    const connection = this.#rotations.firstOf(attached.connection);
    const known = this.#guards.get(connection);
    if (known !== undefined) return known;
    const { tokens, hasTokens = true, clock, logger, address, events, onHealth } = this.#options;
    const explain = (error: unknown): string => this.#explain(error, namespace);
    const guard = new ConnectionGuard(attached, {
      ...{ tokens, clock, logger, address, namespace, explain, events },
      credential: hasTokens ? undefined : 'client certificate',
    });
    guard.watchdog.on('health', onHealth);
    this.#guards.set(connection, guard);
    const isOurs = this.#own?.connection === connection;
    this.#rotations.begin({ connection, isOurs, hasTokens, pushed: attached, guard, logger, explain });
    return guard;
  }

  /** Others close their connections without a word. */
  #forgetClosed(): void {
    for (const [connection, { isClosed }] of this.#attached) {
      if (isClosed) void this.#release(connection);
    }
  }

  /** @returns whether it is still in place; what has taken its place is closed */
  async #release(connection: NativeConnection): Promise<boolean> {
    const guard = this.#guards.get(connection);
    const attached = this.#attached.get(connection);
    // Before any wait: the connection may be attached anew meanwhile.
    this.#guards.delete(connection);
    this.#attached.delete(connection);
    await this.#rotations.end(connection);
    await guard?.stop();
    if (attached !== undefined && !this.#borrowed.has(attached)) await attached.detach();
    const isInPlace = attached === undefined || attached.connection === connection;
    if (!isInPlace) await this.#close(attached.connection);
    return isInPlace;
  }

  #explain(error: unknown, namespace = 'default'): string {
    const { living, address, hasTokens: authEnabled = true } = this.#options;
    const target = { address, namespace, authEnabled };
    return messageOf(translate(error, { target, tokens: living() }));
  }
}
