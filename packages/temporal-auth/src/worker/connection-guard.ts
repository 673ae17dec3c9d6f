import type { Logger } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { type Clock, elapsedMs } from '@worker-auth/inlined';
import { Emitter } from '@worker-auth/refresh-scheduler';
import type { TokenSource } from '@worker-auth/token-manager';
import type { PushedConnection } from '../connection/pushed-connection.ts';
import { RefusedTokens } from '../connection/refused-tokens.ts';
import { followingConnection } from './following-connection.ts';
import { temporalProbe } from './probe.ts';
import { ResultReporter } from './results/result-reporter.ts';
import { Watchdog } from './watchdog.ts';
import type { WorkerEvents } from './worker-events.ts';

/** What is guarded, and who is told. */
export interface ConnectionGuardOptions {
  readonly tokens: TokenSource;
  readonly namespace: string;
  /** For messages: `host:port`. */
  readonly address: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What may be shown of an error of Temporal's SDK. */
  readonly explain: (error: unknown) => string;
  /** What the workers present themselves with, for messages. Default `access token`. */
  readonly credential?: 'access token' | 'client certificate' | undefined;
  /** Told of what happens. Default one of its own. */
  readonly events?: Emitter<WorkerEvents> | undefined;
}

/** What is known of the token of a native connection. */
export class ConnectionGuard {
  /** The connection in place now and, as soon as another takes its place, that one: for clients that last. */
  readonly following = followingConnection(() => this.connection);
  readonly namespace: string;
  /** What happens to the workers of the connection. */
  readonly events: Emitter<WorkerEvents>;
  readonly watchdog: Watchdog;
  readonly #pushed: PushedConnection<NativeConnection>;
  readonly #options: ConnectionGuardOptions;
  readonly #ending = new AbortController();

  /** Begins to watch at once. Ends with {@link ConnectionGuard.stop}, or when the connection is closed. */
  constructor(pushed: PushedConnection<NativeConnection>, options: ConnectionGuardOptions) {
    const { tokens, clock, namespace, address, explain } = options;
    this.#pushed = pushed;
    this.namespace = namespace;
    this.events = options.events ?? new Emitter();
    this.#options = options;
    this.watchdog = new Watchdog({
      ...{ tokens, clock },
      probe: temporalProbe({ connection: this.following, namespace, clock, explain, address }),
      heldToken: () => pushed.held,
    });
    this.watchdog.on('probed', ({ answer, startedAt }) => {
      this.events.emit('temporalProbed', { answer: answer.kind, durationMs: elapsedMs(clock, startedAt) });
    });
    logHealth(this.watchdog, options);
    this.watchdog.start();
  }

  /** The one in place now. */
  get connection(): NativeConnection {
    return this.#pushed.connection;
  }

  /** Reports the results of a worker that is made on this connection. */
  async reporter(namespace: string): Promise<ResultReporter> {
    // It loads Temporal's native code, which whoever makes calls alone does without.
    const { Runtime } = await import('@temporalio/worker');
    const { tokens, clock, address, logger, explain } = this.#options;
    const pushed = this.#pushed;
    const refusals = RefusedTokens.of(tokens, clock);
    return new ResultReporter({
      ...{ clock, logger, explain, events: this.events, random: Math.random, signal: this.#ending.signal },
      runtime: () => Runtime.instance(),
      on: {
        place: { address, namespace },
        get connection() {
          return pushed.connection;
        },
        get heldToken() {
          return pushed.held;
        },
        async replaced(refused) {
          refusals.report(refused);
          await refusals.another(refused)?.catch(() => undefined);
          await pushed.pushed();
          return pushed.held !== refused;
        },
      },
    });
  }

  /** Ends it for good, and with it the reports of results that Temporal has not accepted yet. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.watchdog.stop();
  }
}

function logHealth(
  watchdog: Watchdog,
  { logger, clock, credential = 'access token' }: ConnectionGuardOptions,
): void {
  let before = watchdog.health;
  watchdog.on('health', (health) => {
    if (health.kind === 'refused') {
      logger.warn(`Temporal refuses the ${credential}; another one is requested: ${health.reason}`);
    } else if (health.kind === 'unreachable') {
      logger.warn(`Temporal does not answer: ${health.reason}`);
    } else if ('since' in before) {
      const seconds = (elapsedMs(clock, before.since) / 1_000).toFixed(1);
      logger.info(`Temporal takes the ${credential} again, after ${seconds} s`);
    }
    before = health;
  });
}
