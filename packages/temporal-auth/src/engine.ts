import { type ClientPlugin, Connection } from '@temporalio/client';
import type { NativeConnection, NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';
import { abortable, anySignal, tokenEvents } from '@worker-auth/internal';
import { Emitter } from '@worker-auth/refresh-scheduler';
import type { TokenManagerEvents, TokenSource } from '@worker-auth/token-manager';
import { isAuthInterceptor } from './connection/auth-interceptor.ts';
import { Connector, currentToken } from './connection/connector.ts';
import { presentation } from './connection/presentation.ts';
import { repeatStart, type StartAttempt } from './connection/start-repetition.ts';
import type { DiagnoseOptions, Diagnosis, ProgramDiagnosisOptions } from './doctor/diagnosis.ts';
import { closedError, noResponseWithin, noTokenAtStart } from '@worker-auth/calls/errors/own-errors';
import { authHealth, certificateHealth, type ClientHealth } from '@worker-auth/calls/tokens/client-health';
import type { ClientCertificates } from '@worker-auth/calls/network/client-certificates';
import { checkRoutes } from './network/routed-options.ts';
import { type PluginSettings, readPluginSettings, rejectAuthorization } from './settings/plugin-settings.ts';
import type { TemporalSettings } from './settings/temporal-options.ts';
import type { TokensAndSettings } from '@worker-auth/calls/tokens/application';
import type { TemporalTokens } from '@worker-auth/calls/tokens/temporal-tokens';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { NativeConnections, type WorkerMade } from './worker/native-connections.ts';
import { type Announcement, announcements } from './doctor/announcement.ts';
import type { WorkerEvents } from '@worker-auth/calls/conditions/worker-events';

export type ClientOptionsOfHook = Parameters<NonNullable<ClientPlugin['configureClient']>>[0];

/** Events of a client or a plugin: those of its tokens, of its workers, and its own. */
export interface ClientEvents extends TokenManagerEvents, WorkerEvents {
  /** Temporal starts or stops accepting the token of the workers. */
  readonly health: ClientHealth;
}

const clientEvents: Readonly<Record<keyof ClientEvents, true>> = {
  ...tokenEvents,
  temporalProbed: true,
  connectionReplaced: true,
  resultPending: true,
  resultDelivered: true,
  resultGone: true,
  resultAbandoned: true,
  workerStarted: true,
  workerFailed: true,
  health: true,
};

/** Tokens, certificates, connections and workers of one plugin or client. */
export class Engine {
  readonly settings: PluginSettings;
  /** `undefined` when authentication is off. */
  readonly tokens: TemporalTokens | undefined;
  /** Without those of the tokens. */
  readonly events = new Emitter<ClientEvents>(clientEvents);
  readonly connections: NativeConnections;
  readonly connector: Connector;
  /** Whether the token is kept fresh in the background from the first start on. */
  readonly autoStart: boolean;
  readonly #options: TemporalSettings;
  readonly #origin: TokensAndSettings;
  readonly #certificates: ClientCertificates | undefined;
  readonly #closing = new AbortController();
  readonly #diagnose = this.diagnose.bind(this);
  #state: ClientHealth['state'] = 'new';

  constructor(options: TemporalSettings, origin: TokensAndSettings, autoStart = true) {
    const settings = readPluginSettings(options, origin.common);
    this.settings = settings;
    this.autoStart = autoStart;
    this.#options = { ...options };
    this.#origin = origin;
    const presented = presentation(settings, origin.tokens);
    const { tokens, certificates } = presented;
    this.tokens = tokens;
    this.#certificates = certificates;
    checkRoutes(settings);
    const source = tokens ?? certificates;
    const replacement = source && new TokenReplacement(source, settings.clock);
    this.connector = new Connector(presented, tokens && replacement);
    this.connections = new NativeConnections({
      ...settings,
      certificates,
      replacement,
      events: this.events,
      onHealth: () => {
        this.events.emit('health', this.health());
      },
      open: (namespace) => this.openNative({}, namespace),
    });
    announcements.publish({ diagnose: this.#diagnose } satisfies Announcement);
  }

  /** Looks at everything that this client and its workers need, by their own options. */
  async diagnose(
    more: ProgramDiagnosisOptions = {},
    workers: readonly WorkerMade[] = this.connections.workerOptionsInUse,
  ): Promise<Diagnosis> {
    const { diagnoseProgram } = await import('./doctor/diagnose.ts');
    const { tokens, ...options } = this.#options as DiagnoseOptions & { readonly tokens?: TokenSource };
    const program = { settings: this.settings, workers, tokens };
    return diagnoseProgram({ native: true, ...options, ...more }, program);
  }

  /** Called before a worker is made: the doctor, which looks at the program, may keep it from that. */
  async announce(worker: WorkerOptions): Promise<void> {
    const announcement: Announcement = { diagnose: this.#diagnose, worker };
    announcements.publish(announcement);
    await announcement.held;
  }

  async ready(signal?: AbortSignal): Promise<void> {
    await this.start(() => Promise.resolve(), signal);
  }

  /** Waits for a valid token on the connections of the workers, for `bootTimeoutMs` at most. What is wrong then, a worker finds out itself. */
  async usable(signal?: AbortSignal): Promise<void> {
    try {
      await this.ready(signal);
      await this.connections.updated();
    } catch {
      // It is logged.
    }
  }

  /** Opens a native connection for workers in the namespace. */
  openNative(
    options: NativeConnectionOptions,
    namespace = this.settings.place.namespace,
  ): Promise<NativeConnection> {
    return this.start((signal) => this.connector.openNative(signal, namespace, options));
  }

  health(state = this.#state): ClientHealth {
    const { clock, conditions } = this.settings;
    const { kind, wasAccepted } = this.connections.health ?? { kind: 'unknown', wasAccepted: false };
    return {
      state,
      conditions: conditions.list,
      auth: authHealth(this.#origin.tokens),
      temporal: { state: kind, wasAccepted },
      certificate: certificateHealth(this.#certificates?.known, clock),
      workers: this.connections.workers.health(),
    };
  }

  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void {
    const leave = this.events.on(event, listener);
    const leaveTokens =
      event in tokenEvents && this.tokens?.on?.(event as keyof TokenManagerEvents, listener as () => void);
    return () => {
      leave();
      if (leaveTokens) leaveTokens();
    };
  }

  /** Gives up all starts that are under way. */
  giveUp(): void {
    this.#state = 'closing';
    this.#closing.abort(closedError());
  }

  async close(): Promise<void> {
    this.giveUp();
    await this.connections.stop();
    await this.#certificates?.stop();
    await this.#origin.tokens?.stop?.();
    this.settings.conditions.stop();
    this.#state = 'closed';
  }

  /** Options of a client whose calls carry the newest token. A client without a connection gets one that its first call opens. */
  clientOf(options: ClientOptionsOfHook): ClientOptionsOfHook {
    const { connection, namespace = this.settings.place.namespace } = options;
    if (connection === undefined) {
      return { ...options, namespace, connection: Connection.lazy(this.connector.ownClientOptions()) };
    }
    const { tokens } = this;
    const whole =
      options.namespace === namespace || namespace === 'default' ? options : { ...options, namespace };
    if (tokens === undefined) return whole;
    if (connection instanceof Connection) {
      const { options: opened } = connection;
      if (opened.interceptors.some(isAuthInterceptor)) return whole;
      rejectAuthorization(opened, this.settings.profile);
      connection.setApiKey(() => currentToken(tokens));
    } else if ('setApiKey' in connection) {
      // Another implementation of the interface cannot be given a token.
      const monitored = this.connections.monitor(connection as NativeConnection);
      // One that has had a token gets the next by itself.
      if (monitored?.token.current === '') currentToken(tokens);
    }
    return whole;
  }

  /** Gets a token and does the rest of a start; repeats that while something may not be up yet, or Temporal rejects a token that is new. */
  start<T>(attempt: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { bootTimeoutMs, place } = this.settings;
    const ending = anySignal(this.#closing.signal, signal);
    // Tokens log their wait themselves.
    let waitedFor: string | undefined;
    const tried = new Set<string | undefined>();
    const whole: StartAttempt<T> = async (bounded, leftMs) => {
      waitedFor = undefined;
      await this.#prepare(bounded, leftMs).finally(() => {
        waitedFor = 'an access token';
      });
      waitedFor = `Temporal at ${place.address}`;
      tried.add(this.tokens?.peek());
      return attempt(bounded);
    };
    return repeatStart(whole, {
      ...this.settings,
      signal: ending,
      scope: { address: place.address },
      waitedFor: () => waitedFor,
      isUntried: () => !tried.has(this.tokens?.peek()),
      tooLate: () =>
        waitedFor === undefined
          ? noTokenAtStart(bootTimeoutMs)
          : noResponseWithin(this.connector.target, bootTimeoutMs, ' (bootTimeoutMs)'),
    });
  }

  async #prepare(signal: AbortSignal, timeoutMs: number | undefined): Promise<void> {
    await this.#certificates?.ready(signal);
    this.#certificates?.start();
    // A source of the user's own may take its time to notice the signal.
    if (this.tokens !== undefined) await abortable(this.tokens.getToken({ signal, timeoutMs }), signal);
    if (this.autoStart) this.tokens?.start?.();
    if (this.#state === 'new') this.#state = 'loaded';
  }
}
