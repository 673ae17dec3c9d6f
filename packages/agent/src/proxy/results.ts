/**
 * Results and heartbeats of activities that this proxy handed out. A result that Temporal has not accepted within 4 s is answered with OK, and sent
 * on until Temporal's word about that task, by the sender of the plugin's workers. Until then the activity is kept alive by its last heartbeat.
 * What is not answered early is answered truly. Each activity has one result: a worker whose call was cut may repeat it.
 */
import type { OutgoingHttpHeaders } from 'node:http2';
import { elapsedMs, type Instant, maxTimerMs, readInstant } from '@worker-auth/internal';
import type { Delivery, ResultSender } from '@worker-auth/calls/delivery/result-sender';
import type { Caller } from './caller.ts';
import { attempt, headersOf, type ProxyCore } from './core.ts';
import { type Answer, CallError, grpcStatus, noAnswer } from './exchange.ts';
import { methodOf, type Trouble } from './methods.ts';
import { tooMany } from './scopes.ts';
import { type Nothing, Senders } from './senders.ts';
import type { HandedOut, Report } from './tasks.ts';

/** How long an answer may take, in ms, as in Temporal's Core. */
const answerMs = 30_000;

/** Of the caller's own time, so much is waited for the true answer. */
const earlyShare = 0.6;

/** After so long without an answer a heartbeat is sent once more, in ms. */
const repeatBeatMs = 15_000;

/** A heartbeat whose activity is not known is sent for so long, in ms. */
const unknownBeatMs = 60_000;

/** What is kept beside a result's bytes, about. */
const overheadBytes = 2_000;

const kindOfMethod: Readonly<Record<string, string>> = {
  RespondActivityTaskCompleted: 'completed',
  RespondActivityTaskFailed: 'failed',
  RespondActivityTaskCanceled: 'cancelled',
};

const heartbeatPath = '/temporal.api.workflowservice.v1.WorkflowService/RecordActivityTaskHeartbeat';

/** Whether it is the first result of an activity, or repeats it for a worker whose call was cut. Another one has an answer of its own. */
export function isItsResult({ report }: HandedOut, { path, body }: Caller): boolean {
  const callers = report?.callers ?? [];
  return callers.every((before) => before.isCut && path === before.path && body.equals(before.body));
}

export class Results {
  /** Of results that were answered early. */
  readonly ended = { delivered: 0, gone: 0, abandoned: 0 };
  readonly #core: ProxyCore;
  readonly #senders: Senders;
  /** The first failure since one ended, and the last one. */
  #failing: { readonly since: Instant; readonly namespace: string; answer: Answer } | undefined;
  #reporting = 0;

  /** @param ending aborts when nothing is sent any more */
  constructor(core: ProxyCore, ending: AbortSignal) {
    this.#core = core;
    this.#senders = new Senders(core, ending);
  }

  /** Temporal may accept results again. */
  wake(): void {
    this.#senders.wake();
  }

  /** Why results wait; `undefined` where none does. */
  get trouble(): Trouble | undefined {
    if (this.#failing === undefined || this.#reporting === 0) return undefined;
    const { since, namespace, answer } = this.#failing;
    const seconds = Math.round(elapsedMs(this.#core.clock, since) / 1_000);
    const reason = this.#core.explain(new CallError(answer), namespace);
    const text = `Results of activities in namespace "${namespace}" are not accepted for ${seconds} s: ${reason}`;
    return { part: 'results', text };
  }

  /** Resolves when the result is Temporal's, or nobody's any more. */
  async report(caller: Caller, running: HandedOut): Promise<void> {
    const { clock, tasks, earlyOkMs } = this.#core;
    const report = (running.report ??= { callers: [], last: undefined, isKept: false });
    report.callers.push(caller);
    const answerEarly = (): void => {
      if (earlyOkMs === undefined || caller.isOver()) return;
      report.isKept ||= tasks.take(running, bytesOf(report));
      if (report.isKept) caller.endEmpty();
    };
    const earlyMs = Math.min(earlyOkMs ?? maxTimerMs, (caller.timeoutMs ?? Infinity) * earlyShare);
    const early = clock.startTimer(answerEarly, earlyMs, { keepAlive: true });
    try {
      await (report.sent ??= this.#deliver(caller, running, report));
      caller.relay(report.last ?? noAnswer('Temporal was not reached in time'));
    } finally {
      early.cancel();
    }
  }

  async #deliver(caller: Caller, running: HandedOut, report: Report): Promise<void> {
    const { clock, tasks, logger } = this.#core;
    const { task, limit } = running;
    const { activityType, activityId, workflowId } = task;
    const names = { activityType, activityId, workflowId };
    const bytes = bytesOf(report);
    running.beating?.abort();
    const call = async (_nothing: Nothing, token: string): Promise<void> => {
      if (!report.isKept && report.callers.every((each) => each.isOver()))
        throw new Error('Its worker has left');
      const answer = await this.#send(caller, caller.headers, caller.body, token);
      report.last = answer;
      if (answer.status === grpcStatus.ok) return;
      this.#failing ??= { since: readInstant(clock), namespace: caller.namespace, answer };
      this.#failing.answer = answer;
      throw new CallError(answer);
    };
    const delivery: Delivery<Nothing> = {
      kind: kindOfMethod[methodOf(caller.path)] ?? '',
      call,
      bytes,
      limit,
      of: names,
      taskQueue: running.queue?.name ?? '',
      heartbeatTimeoutMs: task.heartbeatTimeoutMs,
      heartbeat: () => this.#heartbeat(caller, running),
    };
    this.#reporting++;
    try {
      const sent = await this.#senders.use(caller.namespace, true, (sender) => sender.send(delivery));
      this.#failing = undefined;
      const isReported = sent === 'delivered' || sent === 'gone';
      if (isReported || report.isKept) tasks.forget(task.taskToken);
      if (!report.isKept) return;
      this.ended[isReported ? sent : 'abandoned']++;
      // Of all else the sender says it.
      if (sent !== 'final') return;
      logger.error(`Temporal never accepts the result of an activity: ${report.last?.message ?? ''}`, {
        namespace: running.namespace,
        ...names,
      });
    } finally {
      running.report = undefined;
      this.#reporting--;
      if (report.isKept) tasks.settle(running, bytes);
    }
  }

  /** Held, and then answered with OK; the last heartbeat of an activity that is known, and has no result, is sent on. */
  async beat(caller: Caller, running: HandedOut | undefined): Promise<void> {
    const { clock, tasks, earlyOkMs = Infinity } = this.#core;
    const over = new AbortController();
    const end = over.abort.bind(over, undefined);
    let last: Answer | undefined;
    if (running !== undefined) {
      running.beating?.abort();
      running.beating = over;
      tasks.beat(running, caller);
    }
    const forMs = running?.task.heartbeatTimeoutMs || unknownBeatMs;
    const heldMs = Math.min(earlyOkMs, (caller.timeoutMs ?? unknownBeatMs) * earlyShare);
    const held = clock.startTimer(() => {
      caller.endEmpty();
      if (running === undefined) end();
    }, heldMs);
    const limit = clock.startTimer(end, forMs);
    const call = async (_nothing: Nothing, token: string): Promise<void> => {
      last = await this.#send(caller, caller.headers, caller.body, token);
      if (last.status !== grpcStatus.ok) throw new CallError(last);
    };
    const sent = { call, bytes: caller.body.length, repeatMs: repeatBeatMs, over: () => over.signal };
    const limitMs = clock.monotonicNow() + forMs;
    const beat = (sender: ResultSender<Nothing>): Promise<unknown> => sender.beat(sent, limitMs);
    const outcome = await this.#senders
      .use(caller.namespace, running !== undefined, beat)
      .catch(() => undefined);
    held.cancel();
    limit.cancel();
    // Another one has taken its place, or nobody waits for it.
    if (outcome === undefined) caller.endEmpty();
    else caller.relay(last ?? noAnswer('Temporal was not reached in time'));
  }

  /** In the worker's stead, with what its activity said last. */
  #heartbeat({ headers, connection }: Caller, running: HandedOut) {
    const { body, encoding } = running.heartbeat;
    const sent = headersOf(heartbeatPath, headers, encoding);
    return async (_nothing: Nothing, token: string): Promise<void> => {
      const answer = await this.#send({ ...running, connection, path: heartbeatPath }, sent, body, token);
      if (answer.status !== grpcStatus.ok) throw new CallError(answer);
    };
  }

  async #send(
    { namespace, path, connection }: Pick<Caller, 'namespace' | 'path' | 'connection'>,
    headers: OutgoingHttpHeaders,
    body: Buffer,
    token: string,
  ): Promise<Answer> {
    if (token === '') return noAnswer('There is no access token');
    const scope = this.#core.scopes.enter(namespace, path, connection);
    if (scope === undefined) return noAnswer(tooMany, grpcStatus.resourceExhausted);
    const times = { deadlineMs: () => answerMs, timeoutMs: answerMs };
    const { answer } = await attempt(this.#core, scope, token, { headers, body, ...times });
    this.#core.scopes.leave(scope);
    if (answer.status === grpcStatus.ok) this.#core.scopes.prove(scope);
    return answer;
  }
}

function bytesOf({ callers: [first] }: Report): number {
  return (first?.body.length ?? 0) + overheadBytes;
}
