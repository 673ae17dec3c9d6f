/**
 * A call that is held while Temporal rejects it or is away, until its own deadline. A poll ends then with the empty response that Temporal itself
 * gives, and shows a rejection only where the permission is missing. A completion shows what came of it last. A call of a client shows a rejection once
 * no other token helps.
 */
import { abortable, sleep, type Timer, withDeadline } from '@worker-auth/internal';
import { laneCall, type LaneCall } from '../../delivery/lane.ts';
import { noTokenInTime } from '../../errors/own-errors.ts';
import { messageOf } from '../../errors/translate.ts';
import { pendingMs } from '../../tokens/token-replacement.ts';
import { askElsewhere } from './ask-elsewhere.ts';
import type { Caller } from './caller.ts';
import { attempt, type Attempted, type ProxyCore } from './core.ts';
import { type Answer, CallError, type Exchange, grpcStatus, noAnswer } from './exchange.ts';
import type { CallKind } from './methods.ts';
import type { Scope } from './scopes.ts';

/** Left of its deadline for the answer on its way to the worker, in ms, and as a share of all. */
const margin = { ms: 500, share: 0.1 };

/** Temporal gets so much less time for a poll than is left, and no poll with less, in ms: it rejects one of 2 s. */
const pollTimes = { lessMs: 1_000, leastMs: 3_000 };

/** A poll that is open for so long, in ms, was not rejected: Temporal looks at a token when a call begins. */
const proofMs = 400;

/** How long another token is waited for, in ms, before a call is held without one. */
const otherTokenMs = 5_000;

const notFound: ReadonlySet<number> = new Set([grpcStatus.ok, grpcStatus.notFound]);

export class HeldCall {
  readonly #core: ProxyCore;
  readonly #caller: Caller;
  readonly #scope: Scope;
  readonly #kind: CallKind;
  readonly #entry: LaneCall;
  readonly #endMs: number;
  /** Called with an answer of Temporal before the worker has it. */
  readonly #onAnswer: (answer: Answer) => void;
  #begun: Exchange | undefined;
  #isSent = false;
  #last: Answer | undefined;
  /** Why there is no token. */
  #tokenError: string | undefined;

  constructor(
    core: ProxyCore,
    caller: Caller,
    scope: Scope,
    kind: CallKind,
    onAnswer: (answer: Answer) => void,
  ) {
    const { timeoutMs = Infinity, deadlineMs, body } = caller;
    this.#core = core;
    this.#caller = caller;
    this.#scope = scope;
    this.#kind = kind;
    this.#onAnswer = onAnswer;
    this.#endMs = deadlineMs - Math.min(margin.ms, timeoutMs * margin.share);
    this.#entry = laneCall(body.length, this.#endMs);
    caller.onLeft = () => this.#begun?.cancel();
  }

  /** Resolves when the worker has its answer, or has left. */
  async run(mayTry: () => Promise<unknown> | undefined): Promise<void> {
    const { lane } = this.#scope;
    const isPoll = this.#kind === 'poll';
    let waitMs = 0;
    try {
      while (!this.#caller.isOver()) {
        const wait = mayTry();
        if (wait !== undefined || waitMs > 0 || !lane.isOpen || this.#isTooLate) {
          if (isPoll) this.#core.polls.hold(this.#caller, this.#endMs);
          const { signal } = this.#caller.over(this.#endMs);
          if (wait !== undefined || this.#isTooLate)
            await this.#caller.within(wait ?? new Promise(() => undefined), this.#endMs);
          else {
            if (waitMs > 0) await sleep(this.#core.clock, waitMs, signal).catch(() => undefined);
            await lane.enter(this.#entry, signal).catch(() => undefined);
          }
          this.#core.polls.leave(this.#caller);
          if (signal.aborted) break;
          if (wait !== undefined || this.#isTooLate) {
            lane.left(this.#entry);
            continue;
          }
        }
        waitMs = await this.#round();
      }
      this.#outOfTime();
    } finally {
      this.#core.polls.leave(this.#caller);
      lane.left(this.#entry);
    }
  }

  /** Sends it with one token after another. Returns how long it waits before the next round, in ms. */
  async #round(): Promise<number> {
    const { tokens, clock } = this.#core;
    const { verdicts } = this.#scope;
    const tried: string[] = [];
    let token = tokens.next(verdicts) ?? (await this.#firstToken());
    for (;;) {
      if (this.#caller.isOver()) return 0;
      if (token === undefined) return this.#held(clock.monotonicNow());
      const made = await this.#attempt(token);
      this.#last = made.answer;
      if (this.#caller.isOver()) return 0;
      if (!made.isRejected) return this.#judge(made, token);
      tried.push(token);
      const other = tokens.rejected(verdicts, tried, made.sentMs);
      token = other && (await this.#inTime(other));
      if (token !== undefined) continue;
      if (this.#kind === 'poll' && !this.#scope.isProven)
        await askElsewhere(this.#core, this.#caller, tried.at(-1) ?? '');
      if (this.#isShown) return this.#answer(made.answer);
      return this.#held(made.sentMs);
    }
  }

  async #attempt(token: string): Promise<Attempted> {
    const { headers, body, leftMs } = this.#caller;
    const isPoll = this.#kind === 'poll';
    const { clock, scopes } = this.#core;
    let proof: Timer | undefined;
    try {
      return await attempt(this.#core, this.#scope, token, {
        ...{ headers, body, isPoll, deadlineMs: this.#deadline(leftMs) },
        onBegun: (begun) => {
          this.#begun = begun;
          this.#isSent = true;
          proof?.cancel();
          const sentMs = clock.monotonicNow();
          if (isPoll && !this.#scope.lane.isOpen)
            proof = clock.startTimer(() => {
              scopes.accepted(this.#scope, this.#entry, sentMs);
            }, proofMs);
        },
      });
    } finally {
      this.#begun = undefined;
      proof?.cancel();
    }
  }

  /** A poll that was not sent yet keeps a deadline that is too short for anything else. */
  #deadline(leftMs: number): number | undefined {
    const { timeoutMs } = this.#caller;
    if (timeoutMs === undefined) return undefined;
    if (this.#kind !== 'poll') return this.#isSent ? leftMs : undefined;
    return timeoutMs < pollTimes.leastMs + pollTimes.lessMs ? leftMs : leftMs - pollTimes.lessMs;
  }

  /** A poll that was held is not sent when Temporal would hand out a task to nobody. */
  get #isTooLate(): boolean {
    const { leftMs, timeoutMs = Infinity } = this.#caller;
    const leastMs = pollTimes.leastMs + pollTimes.lessMs;
    return this.#kind === 'poll' && leftMs < Math.min(leastMs, timeoutMs - margin.ms);
  }

  /** Temporal answered, or is away. */
  #judge({ answer, sentMs }: Attempted, token: string): number {
    const { status } = answer;
    const { scopes, tokens } = this.#core;
    // A proxy before Temporal that cannot check a token.
    const isUndecided = status === grpcStatus.permissionDenied || status === grpcStatus.unauthenticated;
    if (status === grpcStatus.unavailable || isUndecided)
      return this.#kind === 'shutdown' ? this.#answer(answer) : this.#held(sentMs);
    if (notFound.has(status)) {
      this.#scope.isProven = true;
      tokens.accepted(this.#scope.verdicts, this.#caller.path, token, sentMs);
    }
    scopes.accepted(this.#scope, this.#entry, sentMs);
    return this.#answer(answer);
  }

  #answer(answer: Answer): number {
    this.#onAnswer(answer);
    this.#caller.relay(answer);
    return 0;
  }

  #held(sentMs: number): number {
    const { scopes } = this.#core;
    const reason =
      this.#tokenError ??
      this.#core.explain(new CallError(this.#last ?? noAnswer('')), this.#caller.namespace);
    return scopes.failed(this.#scope, this.#entry, sentMs, reason);
  }

  /** Whether its caller sees a rejection that no token helps. */
  get #isShown(): boolean {
    if (this.#kind === 'client' || this.#kind === 'shutdown') return true;
    const { isProven, verdicts } = this.#scope;
    return this.#kind === 'poll' && !isProven && verdicts.isDenied(this.#core.clock.monotonicNow());
  }

  /** When there is no valid token. A client hears why. */
  async #firstToken(): Promise<string | undefined> {
    const { signal } = this.#caller.over(this.#endMs);
    this.#tokenError = undefined;
    try {
      return await abortable(this.#core.tokens.replacement.tokens.getToken({ signal }), signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      this.#tokenError = messageOf(error);
      const answer = noAnswer(this.#tokenError, grpcStatus.unauthenticated);
      if (this.#kind === 'client' || this.#kind === 'shutdown') this.#answer(answer);
      return undefined;
    }
  }

  /** Another token; a client waits for it as long as for its answer. */
  async #inTime(other: Promise<string | undefined>): Promise<string | undefined> {
    const { clock } = this.#core;
    const { signal } = this.#caller.over(this.#endMs);
    const leftMs = Math.max(0, this.#endMs - clock.monotonicNow());
    const timeoutMs = this.#kind === 'client' ? Math.min(leftMs, pendingMs) : Math.min(leftMs, otherTokenMs);
    const bounds = { clock, timeoutMs, signal, timeoutError: noTokenInTime };
    return withDeadline(() => other, bounds).catch(() => undefined);
  }

  #outOfTime(): void {
    if (this.#kind === 'poll') this.#caller.endEmpty();
    else
      this.#caller.relay(
        this.#last ?? noAnswer('Temporal was not reached in time', grpcStatus.deadlineExceeded),
      );
  }
}
