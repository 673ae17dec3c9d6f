import { sleep as sleepInActivity } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import { SteadyLoad } from '../bad-days/steady-load.ts';
import type { Activities } from '../worlds/workflows.ts';
import { plainMetadata } from '../faults/at-gateway.ts';
import { eventually, settlesWithin } from '../fixtures/eventually.ts';
import { startToCloseMs } from './work.ts';

const taskQueue = 'plain';
/** An end that takes longer is not waited for, in ms: a worker whose calls are rejected hardly ends. */
const endWithinMs = 3_000;
/** An activity takes 3 s at most, in ms. */
const lateMs = 5_000;
const retryMs = 1_000;
const renewAt = 0.8;

const activities: Activities = { work: (_kind, seconds) => sleepInActivity(seconds * 1_000) };

/** Where a plain worker finds its servers. */
export interface PlainPlan {
  /** Of the frontends, which check its tokens. */
  readonly address: string;
  /** Of the Temporal behind them: workflows are started there, whatever the frontends reject. */
  readonly temporalAddress: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  /** As it was at the start. */
  readonly clientSecret: string;
  /** Called for each workflow that is complete. */
  readonly completed: () => void;
}

/** How its workflows fare. */
export interface PlainCounts {
  readonly started: number;
  readonly completed: number;
  /** As Temporal's worker says; `FAILED` is its end. */
  readonly state: string;
}

interface Token {
  readonly access_token: string;
  readonly expires_in: number;
}

/**
 * A worker as it is without this repository: Temporal's own, and a loop around it. The loop reads the secret once, at the start. It requests a token
 * before the last one ends, again each second where that fails, and gives it to `setApiKey`. Nobody restarts the worker. It gets a workflow a second
 * until it has failed.
 */
export class PlainWorker {
  readonly #plan: PlainPlan;
  readonly #load: SteadyLoad;
  readonly #ending = new AbortController();
  #worker: Worker | undefined;
  #done: Promise<unknown> = Promise.resolve();

  constructor(plan: PlainPlan) {
    this.#plan = plan;
    // Never closed: what it repeats would throw, and the process ends soon.
    const connection = Connection.lazy({ address: plan.temporalAddress });
    const load = { taskQueues: [taskQueue], perSecond: 1, startToCloseMs, onCompleted: plan.completed };
    this.#load = new SteadyLoad({ client: new Client({ connection }) }, load);
  }

  get counts(): PlainCounts {
    const { startedAtMs, completedAtMs } = this.#load.of(taskQueue);
    const state = this.#worker?.getState() ?? 'INITIALIZED';
    return { started: startedAtMs.size, completed: completedAtMs.size, state };
  }

  /** @throws what Temporal's worker throws that cannot be made */
  async start(workflowBundle: NonNullable<WorkerOptions['workflowBundle']>): Promise<void> {
    const { address } = this.#plan;
    const first = await this.#requestToken();
    if (first === undefined) return;
    const options = { address, apiKey: first.access_token, tls: false, metadata: plainMetadata };
    const connection = await NativeConnection.connect(options);
    void this.#renew(connection, first);
    this.#worker = await Worker.create({ connection, taskQueue, workflowBundle, activities });
    // A worker that has failed may hang: its state says so.
    this.#done = this.#worker.run().catch(() => undefined);
    this.#load.start();
    void this.#watch();
  }

  /** Starts no more workflows. */
  stopStarting(): void {
    this.#load.stopStarting();
  }

  /** Resolves when what was started is complete, or so late that it stands still. */
  async settled(): Promise<void> {
    const isComplete = (): boolean => this.counts.completed === this.counts.started;
    if (this.counts.state !== 'FAILED')
      await eventually('complete', isComplete, lateMs).catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    if (this.counts.state === 'RUNNING') this.#worker?.shutdown();
    await Promise.all([this.#load.stop(), settlesWithin(this.#done, endWithinMs)]);
  }

  /** What a worker that has failed will not do need not be started. */
  async #watch(): Promise<void> {
    while (this.counts.state !== 'FAILED' && !this.#ending.signal.aborted) await this.#wait(retryMs);
    this.stopStarting();
  }

  async #renew(connection: NativeConnection, first: Token): Promise<void> {
    for (let token: Token | undefined = first; token !== undefined; token = await this.#requestToken()) {
      await connection.setApiKey(token.access_token);
      await this.#wait(token.expires_in * 1_000 * renewAt);
    }
  }

  /** @returns `undefined` at the end */
  async #requestToken(): Promise<Token | undefined> {
    const { tokenUrl, clientId, clientSecret } = this.#plan;
    const secret = { client_id: clientId, client_secret: clientSecret };
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...secret });
    while (!this.#ending.signal.aborted) {
      const response = await fetch(tokenUrl, { method: 'POST', body }).catch(() => undefined);
      if (response?.ok === true) return (await response.json()) as Token;
      await response?.body?.cancel();
      await this.#wait(retryMs);
    }
    return undefined;
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }
}
