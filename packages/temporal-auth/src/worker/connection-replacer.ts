import type { Metadata } from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { type DeadlineOptions, inOwnContext, type Timer, withDeadline } from '@worker-auth/internal';
import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import { ConnectionFactory, inTime } from '../connection/connection-factory.ts';
import type { ProbeResult } from '../connection/probe.ts';
import { messageOf } from '@worker-auth/calls/errors/translate';
import { isHeldByWorkers } from '@worker-auth/calls/errors/rejection';
import {
  comparedMs,
  type ConnectionJudge,
  gainOf,
  isIll,
  openMs,
  type Verdict,
} from '@worker-auth/calls/connections/connection-judge';
import { forwardCalls } from './forward-calls.ts';
import type { ProbedConnection } from './probed-connection.ts';
import type { WorkerEvents } from '@worker-auth/calls/conditions/worker-events';

/** How long a connection with another certificate may take to open, in ms: nothing else is as good. */
const certificateMs = 30_000;

/** How long a call may take, in ms: one that is open when its connection is closed is lost, and a late answer is an answer. */
const callMs = 30_000;

/** Of workers that have ended, or as good as: Core takes no other connection for them. */
const endedStates: readonly string[] = ['DRAINED', 'STOPPED', 'FAILED'];

type Reason = WorkerEvents['connectionReplaced']['reason'];

/**
 * Replaces a native connection under its running workers: when there is another client certificate, and when Temporal accepts on a new
 * connection the call that it rejects on this one, or does not answer. One of two frontends may lack a key, and a peer be gone without a word.
 */
export class ConnectionReplacer {
  readonly #place: ProbedConnection;
  readonly #factory: ConnectionFactory;
  readonly #onReplaced: () => void;
  readonly #unsubscribe: (() => void) | undefined;
  /** What the user has set on the connection since it was opened. */
  #metadata: Metadata | undefined;
  #apiKey: string | undefined;
  /** Those that were replaced: until when calls may be open on them, and what closes them then. */
  readonly #left = new Map<
    NativeConnection,
    { readonly dueMs: number; readonly close: () => Promise<void> }
  >();
  #closing: Timer | undefined;
  #turn: Promise<void> | undefined;
  /** The last certificate with which no connection could be opened. */
  #useless: string | undefined;
  readonly #judge: ConnectionJudge;

  constructor(place: ProbedConnection, factory: ConnectionFactory, onReplaced: () => void) {
    this.#place = place;
    this.#judge = place.judge;
    this.#factory = factory;
    this.#onReplaced = onReplaced;
    void this.#remember(place.token.connection);
    const { certificates } = place.options;
    if (certificates === undefined || factory.presented.fingerprint === undefined) return;
    const look = (): void => {
      this.#inTurn(() => this.#followCertificate(certificates.newest));
    };
    this.#unsubscribe = certificates.on('refreshed', look);
    // One may have come while the connection was being opened.
    look();
  }

  add(worker: Worker): void {
    this.#move(worker);
    void this.closeLeft();
  }

  /**
   * Calls are rejected, or not answered, in this namespace: another connection may be better there. Resolves when that is known, or was tried lately, to
   * whether another is in place: a call without an answer is to be made on that too, and the answer to either counts.
   *
   * @param probe what comes of the call, where it says whether this connection answers; else that is asked
   */
  async tryAnother(namespace: string, probe?: Promise<ProbeResult>): Promise<boolean> {
    const { token, options } = this.#place;
    const { connection } = token;
    if (probe !== undefined && !this.#judge.isSilent) return false;
    const isDenied = token.scope(namespace).isDenied(options.clock.monotonicNow());
    if (this.#turn === undefined && this.#judge.mayTry(isDenied))
      this.#inTurn(() => this.#tryAnother(namespace, connection, probe));
    await this.#turn;
    return connection !== token.connection;
  }

  /** Closes those that were replaced; those that a worker holds are tried again later. */
  async closeLeft(): Promise<void> {
    const { workers, ending, options } = this.#place;
    const reserved = [...workers].filter(({ worker }) => worker === undefined);
    for (const [connection, { dueMs, close }] of this.#left) {
      if (dueMs > options.clock.monotonicNow() && !ending.aborted) continue;
      if (reserved.some(({ madeOn }) => madeOn === connection)) continue;
      await close().then(
        () => this.#left.delete(connection),
        () => undefined,
      );
    }
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#closing?.cancel();
    await this.#turn;
    await this.closeLeft();
  }

  #inTurn(work: () => Promise<void>): void {
    if (this.#place.ending.aborted || this.#turn !== undefined) return;
    const turn = inOwnContext(() => this.closeLeft().then(work));
    this.#turn = turn.finally(() => (this.#turn = undefined));
  }

  async #followCertificate({ fingerprint, notAfter }: ClientCertificate): Promise<void> {
    const { token, ending, options } = this.#place;
    if (fingerprint === ConnectionFactory.of(token.connection)?.presented.fingerprint) return;
    try {
      if (await this.#replaceWith(await this.#open(certificateMs), 'certificate'))
        options.logger.info('The workers are connected with another client certificate', { notAfter });
    } catch (error) {
      if (ending.aborted || fingerprint === this.#useless) return;
      this.#useless = fingerprint;
      const text = 'The workers keep their connection, since none can be opened with the new certificate';
      options.logger.warn(`${text}: ${this.#place.explain(error)}`);
    }
  }

  /** Of a connection with several namespaces each is asked about, as a try is for all of them: it is better where one gains and none loses. */
  async #tryAnother(namespace: string, here: NativeConnection, probe?: Promise<ProbeResult>): Promise<void> {
    const { address, options, namespaces } = this.#place;
    const ask = (connection: NativeConnection, name: string): Promise<Verdict> => {
      const open = connection === here && name === namespace ? probe?.then(({ kind }) => kind) : undefined;
      const asked = async () => open ?? (await this.#place.tryToken(connection, undefined, [name])).get(name);
      return withDeadline(asked, this.#within(comparedMs)).catch(() => this.#judge.unanswered);
    };
    if (!isIll(await ask(here, namespace))) return;
    const next = await this.#open(openMs).catch(() => undefined);
    if (next === undefined) return;
    // Both at once: an outage that has just ended is the fault of neither.
    const names = [...new Set([namespace, ...namespaces])];
    const said = await Promise.all(names.map((name) => Promise.all([ask(here, name), ask(next, name)])));
    const reason = gainOf(said);
    if (reason === undefined) return closeUnheld(next, options.logger);
    if (!(await this.#replaceWith(next, reason))) return;
    const text =
      'Temporal rejected the token or did not answer on one connection, and accepts it on a new one';
    options.logger.warn(`${text}; the workers use that`, { address, reason });
  }

  #open(timeoutMs: number): Promise<NativeConnection> {
    return inTime(this.#factory.open().then(this.#remember), this.#within(timeoutMs));
  }

  /** What its user sets on a connection holds for the one in its place too: Temporal's Core says nothing of it. */
  readonly #remember = async (connection: NativeConnection): Promise<NativeConnection> => {
    const setMetadata = connection.setMetadata.bind(connection);
    const setApiKey = connection.setApiKey.bind(connection);
    if (this.#metadata !== undefined) await setMetadata(this.#metadata);
    if (this.#apiKey !== undefined) await setApiKey(this.#apiKey);
    connection.setMetadata = (metadata) => setMetadata((this.#metadata = { ...metadata }));
    // Else it is a token.
    if (!this.#place.isPushed) connection.setApiKey = (apiKey) => setApiKey((this.#apiKey = apiKey));
    return connection;
  };

  #within(timeoutMs: number): DeadlineOptions {
    const timeoutError = (): Error => new Error(`the connection was not open within ${timeoutMs} ms`);
    return { clock: this.#place.options.clock, timeoutMs, signal: this.#place.ending, timeoutError };
  }

  /** Resolves to whether it did: not where the connection was closed meanwhile. */
  async #replaceWith(next: NativeConnection, reason: Reason): Promise<boolean> {
    const { token, all, workers, ofUser, options, address } = this.#place;
    if (token.isClosed) {
      await closeUnheld(next, options.logger);
      return false;
    }
    const { token: opened, fingerprint = '' } = ConnectionFactory.of(next)?.presented ?? {};
    all.add(next);
    this.#judge.replaced();
    const before = token.replaceConnection(next, opened ?? fingerprint);
    const dueMs = options.clock.monotonicNow() + callMs;
    const close = before.close.bind(before);
    if (before !== ofUser) this.#left.set(before, { dueMs, close });
    this.#closing?.cancel();
    this.#closing = options.clock.startTimer(() => void this.closeLeft(), callMs);
    for (const { worker } of workers) if (worker !== undefined) this.#move(worker);
    forwardCalls(before, () => token.connection);
    before.close = async () => {
      await token.connection.close();
      if (before === ofUser) await close();
    };
    this.#onReplaced();
    options.events.emit('connectionReplaced', { address, reason });
    return true;
  }

  /** One that shuts down is moved too, as results are yet to come; one that its user has given another connection stays. */
  #move(worker: Worker): void {
    const { token, all, options } = this.#place;
    const { connection: before } = worker;
    if (before === undefined || before === token.connection || !all.has(before)) return;
    if (endedStates.includes(worker.getState())) return;
    try {
      worker.connection = token.connection;
    } catch (error) {
      const { taskQueue } = worker.options;
      options.logger.error(`A worker could not be moved: ${messageOf(error)}`, { taskQueue });
    }
  }
}

/** A worker that has failed may hold its connection for ever, and its own error is the one to be reported. One that runs was not shut down. */
export async function closeUnheld(connection: NativeConnection, logger: Logger): Promise<void> {
  await connection.close().catch((error: unknown) => {
    const text = 'A worker still holds its connection, which cannot be closed: shut it down before close()';
    if (isHeldByWorkers(error)) logger.warn(`${text}, or end the process by process.exit() if it has failed`);
  });
}
