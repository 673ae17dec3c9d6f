import type { Logger } from '@temporalio/common';
import type {
  ActivityInterceptorsFactory,
  NativeConnection,
  Worker,
  WorkerOptions,
} from '@temporalio/worker';
import type { Clock } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import { PushedConnection } from '../connection/pushed-connection.ts';
import { messageOf, translate } from '../errors/translate.ts';
import { ConnectionGuard } from './connection-guard.ts';
import { guardWorker } from './guard-worker.ts';
import { logPollers, pollerDefaults } from './poller-defaults.ts';

/** Settings of {@link GuardedConnections}. */
export interface GuardedConnectionsOptions {
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For messages: `host:port`. */
  readonly address: string;
  readonly acknowledgeResults: boolean;
  /** The tokens that no message may show. */
  readonly living: () => readonly string[];
  /** Opens a connection for workers that have none. */
  readonly connect: () => Promise<NativeConnection>;
}

type Attached = PushedConnection<NativeConnection>;

/** The native connections that others opened, told of each token, and guarded as soon as a worker is made on one. */
export class GuardedConnections {
  readonly #options: GuardedConnectionsOptions;
  readonly #attached = new Map<NativeConnection, Attached>();
  readonly #guards = new Map<NativeConnection, ConnectionGuard>();
  /** Connections that were opened here, with the number of workers made on them that have not ended. */
  readonly #own = new Map<NativeConnection, number>();
  readonly #holds = new WeakSet<ActivityInterceptorsFactory>();
  #opening: Promise<NativeConnection> | undefined;

  constructor(options: GuardedConnectionsOptions) {
    this.#options = options;
  }

  /** Tells it of each new token until it is closed. */
  attach(connection: NativeConnection): Attached {
    const known = this.#attached.get(connection);
    if (known !== undefined) return known;
    this.#forgetClosed();
    const { tokens, logger } = this.#options;
    const attached = new PushedConnection({
      ...{ connection, tokens },
      // Whatever it was opened with: it is told of the newest at once.
      opened: '',
      onPushFailed: (error) => {
        logger.error('A native connection did not take the new access token', {
          reason: this.#explain(error),
        });
      },
    });
    this.#attached.set(connection, attached);
    return attached;
  }

  /** The options of a worker, with what guards it; the same when they are given once more. */
  async guarded(options: WorkerOptions): Promise<WorkerOptions> {
    if (options.interceptors?.activity?.some((factory) => this.#holds.has(factory)) === true) return options;
    const { logger, acknowledgeResults } = this.#options;
    const connection = options.connection ?? (await this.#ownConnection());
    const attached = this.attach(connection);
    await attached.pushed();
    const guard = this.#guardOf(attached, options.namespace ?? 'default');
    const pollers = pollerDefaults(options);
    logPollers(pollers, logger, options.taskQueue);
    const { hold, interceptors } = guardWorker(options, guard, { logger, acknowledgeResults });
    this.#holds.add(hold);
    return { ...options, ...pollers.options, connection, interceptors };
  }

  /** A worker has ended; resolves when its last outcomes have arrived, and its connection is closed if it was opened here. */
  async ended({ connection }: Worker): Promise<void> {
    if (connection === undefined) return;
    await this.#guards.get(connection)?.flush();
    const users = this.#own.get(connection);
    if (users === undefined) return;
    this.#own.set(connection, users - 1);
    if (users > 1) return;
    this.#own.delete(connection);
    this.#opening = undefined;
    await this.#release(connection);
    await connection.close();
  }

  /** Ends all watching and pushing. Connections that were opened here for a worker that never ran are closed. */
  async stop(): Promise<void> {
    for (const connection of [...this.#attached.keys()]) await this.#release(connection);
    for (const connection of this.#own.keys()) await connection.close().catch(() => undefined);
  }

  async #ownConnection(): Promise<NativeConnection> {
    this.#opening ??= this.#options.connect().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    const connection = await this.#opening;
    this.#own.set(connection, (this.#own.get(connection) ?? 0) + 1);
    return connection;
  }

  #guardOf(attached: Attached, namespace: string): ConnectionGuard {
    const { connection } = attached;
    const known = this.#guards.get(connection);
    if (known !== undefined) return known;
    const { tokens, clock, logger, address } = this.#options;
    const explain = (error: unknown): string => this.#explain(error, namespace);
    const guard = new ConnectionGuard(attached, { tokens, clock, logger, address, namespace, explain });
    this.#guards.set(connection, guard);
    return guard;
  }

  /** Others close their connections without a word. */
  #forgetClosed(): void {
    for (const [connection, { isClosed }] of this.#attached) {
      if (isClosed) void this.#release(connection);
    }
  }

  async #release(connection: NativeConnection): Promise<void> {
    const guard = this.#guards.get(connection);
    this.#guards.delete(connection);
    await guard?.stop();
    await this.#attached.get(connection)?.detach();
    this.#attached.delete(connection);
  }

  #explain(error: unknown, namespace = 'default'): string {
    const { living, address } = this.#options;
    const target = { address, namespace, authEnabled: true };
    return messageOf(translate(error, { target, tokens: living() }));
  }
}
