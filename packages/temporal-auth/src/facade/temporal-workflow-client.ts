import type { Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { Worker } from '@temporalio/worker';
import { abortable, handled } from '@worker-auth/inlined';
import type { CreateWorkerOptions, TemporalWorkflowClientOptions } from '../configuration/client-options.ts';
import { closedError, notLoaded } from '../errors/own-errors.ts';
import type { TemporalTarget } from '../errors/translate.ts';
import { certificateHealth, type ClientHealth, temporalHealth } from '../health/client-health.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';
import { resolveSettings } from '../worker/supervisor-options.ts';
import { AtlanAuthClient, tokensOf, type WaitOptions } from './atlan-auth-client.ts';
import { type ClientEvents, ClientEventSource } from './client-events.ts';
import { bootClient } from './boot-client.ts';
import { type ClientSettings, resolveClientSettings, targetOf } from './client-settings.ts';
import { type Closed, type ClientState, type Loading, shownState } from './client-state.ts';
import type { LoadedClient } from './loaded-client.ts';
import type { RunWorkerOptions } from './supervised-worker.ts';
import { type StartedWorkflow, startWorkflow, type StartWorkflowOptions } from './start-workflow.ts';

/**
 * A Temporal client and the workers made from it, which authenticate with OAuth2: every call carries the newest token,
 * those of running workers included.
 */
export class TemporalWorkflowClient implements AsyncDisposable {
  /** The tokens of this client, for calls to other services. */
  readonly auth: AtlanAuthClient;
  readonly #settings: ClientSettings;
  readonly #target: TemporalTarget;
  readonly #tokens: TemporalTokens | undefined;
  readonly #events: ClientEventSource;
  #state: ClientState = { kind: 'new', ended: Promise.resolve() };

  /**
   * @throws ConfigurationError for an option or a variable that makes no sense, and when nothing names the application
   * @throws TypeError or RangeError for wrong arguments: metadata that carries authorization, an empty application name
   */
  constructor(options: TemporalWorkflowClientOptions = {}) {
    this.#settings = resolveClientSettings(options);
    this.auth = new AtlanAuthClient(options);
    this.#events = new ClientEventSource(this.auth);
    this.#tokens = tokensOf(this.auth) ?? this.#settings.profileKey;
    this.#target = targetOf(this.#settings, this.#tokens);
  }

  /**
   * The Temporal client.
   *
   * @throws ConfigurationError before `load()`, StoppedError after `close()`
   */
  get client(): Client {
    return this.#required().client;
  }

  /**
   * Gets a token, connects to Temporal with it, and asks for the namespace, so that whatever is wrong shows here. What cannot be reached
   * may not be up yet: it is tried again for `bootTimeoutMs`. Called again it does nothing; after a failure it tries again. When the last
   * of those who wait for it leaves, it is given up.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError when `close()` was called; the signal's reason
   */
  async load({ signal }: WaitOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const state = this.#state;
    if (state.kind === 'loaded') return;
    if (state.kind === 'closed') throw closedError();
    const loading = state.kind === 'loading' ? state : this.#startLoading();
    loading.waiters++;
    try {
      await abortable(loading.done, signal);
    } finally {
      loading.waiters--;
      // Nobody waits for it any more: it has failed, or is given up.
      if (loading.waiters === 0 && this.#state === loading) {
        loading.giveUp.abort(signal?.reason);
        this.#state = { kind: 'new', ended: loading.done };
      }
    }
  }

  /**
   * Starts a workflow.
   *
   * @param workflow its type's name or function
   * @param options Temporal's; `taskQueue` is the application's name and `workflowId` a random one by default
   * @throws ConfigurationError, ConnectivityError or AuthenticationError when no token can be had, when Temporal refuses the call, cannot be
   * reached or does not answer
   * @throws what Temporal's client throws for anything else, WorkflowExecutionAlreadyStartedError for example
   */
  async startWorkflow<W extends Workflow>(
    workflow: string | W,
    options: StartWorkflowOptions<W> = {},
  ): Promise<StartedWorkflow<W>> {
    const { client } = this.#required();
    const applicationName = this.auth.getApplicationName();
    const scene = () => ({ target: this.#target, tokens: this.#tokens?.living ?? [] });
    return startWorkflow({ client, applicationName, scene }, workflow, options);
  }

  /**
   * Makes a worker whose connection is kept on the newest token; `run()` it as usual. All workers of this client share
   * one connection.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError when `close()` was called
   * @throws what Temporal's worker throws for its own options
   */
  async createWorker(options: CreateWorkerOptions): Promise<Worker> {
    const loaded = this.#required();
    const { autoStartTokenRefresh = this.#settings.autoStart, ...settings } = options;
    if (autoStartTokenRefresh) this.#tokens?.start();
    return loaded.createWorker(settings);
  }

  /** How the client, its token and its workers are: plain data, without any token. Asks nobody. */
  health(): ClientHealth {
    const { state, loaded } = shownState(this.#state);
    const { clock, certificates } = this.#settings;
    const { temporal, workers } = loaded?.health() ?? {
      temporal: temporalHealth(undefined, clock),
      workers: [],
    };
    const certificate = certificateHealth(certificates?.notAfter, clock);
    return { state, auth: this.auth.health(), temporal, certificate, workers };
  }

  /**
   * Calls `listener` with each event of the kind: those of the tokens, see `TokenManagerEvents`, of the workers, see `WorkerEvents`, and
   * `health` when Temporal takes the token of the workers no more, or again. No event carries a token. What a listener throws, or rejects with, is dropped.
   *
   * @returns ends the subscription
   */
  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Makes a worker and runs it, loading the client first if that was not done, until it is shut down: by the signal, by a signal of the process
   * that Temporal's Runtime listens to, or by `close()`. A worker that fails is replaced; see `superviseWorker`.
   *
   * @throws as `load()` and `createWorker()`
   * @throws ConnectivityError, AuthenticationError or ConfigurationError (`TEMPORAL_AUTH_WORKER_FAILED`) after too many failures in a row
   */
  async runWorker(options: RunWorkerOptions): Promise<void> {
    const { signal, maxConsecutiveFailures, healthyAfterMs, onFatal, ...worker } = options;
    const supervision = resolveSettings({ maxConsecutiveFailures, healthyAfterMs, onFatal });
    try {
      await this.load({ signal });
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) return;
      throw error;
    }
    const { autoStartTokenRefresh = this.#settings.autoStart, ...settings } = worker;
    if (autoStartTokenRefresh) this.#tokens?.start();
    await this.#required().runWorker(settings, { ...supervision, signal });
  }

  /**
   * Closes the connections, stops refreshing and forgets the token, for good: make a new client to connect again. A `load()` or
   * `createWorker()` under way is given up, a `runWorker()` is shut down and waited for. Shut the workers of `createWorker()` down first;
   * one that never ran needs nothing.
   *
   * @throws ConfigurationError (`TEMPORAL_AUTH_WORKERS_RUNNING`) while one of these uses the connection; nothing is closed then
   */
  close(): Promise<void> {
    const state = this.#state;
    if (state.kind === 'closed') return state.done;
    const { promise: done, resolve } = Promise.withResolvers<undefined>();
    const closed: Closed = { kind: 'closed', done, ending: state };
    this.#state = closed;
    resolve(this.#end(state, closed));
    return done;
  }

  /** The same as {@link TemporalWorkflowClient.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(state: Exclude<ClientState, Closed>, closed: Closed): Promise<undefined> {
    switch (state.kind) {
      case 'new':
        await state.ended.catch(() => undefined);
        break;
      case 'loading':
        state.giveUp.abort(closedError());
        await state.done.catch(() => undefined);
        break;
      case 'loaded':
        try {
          await state.loaded.close();
        } catch (error) {
          this.#state = state;
          throw error;
        }
    }
    await this.#settings.certificates?.stop();
    await this.auth.stop();
    this.auth.clearCache();
    closed.ending = undefined;
    return undefined;
  }

  #startLoading(): Loading {
    const giveUp = new AbortController();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const loading: Loading = { kind: 'loading', giveUp, done: handled(promise), waiters: 0 };
    this.#state = loading;
    resolve(this.#load(loading));
    return loading;
  }

  async #load({ giveUp: { signal } }: Loading): Promise<undefined> {
    const settings = this.#settings;
    const [tokens, applicationName] = [this.#tokens, this.auth.getApplicationName()];
    const onHealth = (): void => {
      this.#events.emitHealth(this.health());
    };
    const { workers: events } = this.#events;
    const options = { settings, tokens, applicationName, onHealth, events, signal };
    const loaded = await bootClient({ ...options, target: this.#target });
    try {
      signal.throwIfAborted();
      if (settings.autoStart) tokens?.start();
      settings.certificates?.start();
      this.#state = { kind: 'loaded', loaded };
      settings.logger.info('Connected to Temporal', { ...this.#target, tls: loaded.isTls });
    } catch (error) {
      await loaded.close();
      throw error;
    }
    return undefined;
  }

  #required(): LoadedClient {
    const state = this.#state;
    if (state.kind === 'loaded') return state.loaded;
    throw state.kind === 'closed' ? closedError() : notLoaded();
  }
}
