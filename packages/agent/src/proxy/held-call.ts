/**
 * A call that is held while Temporal rejects it or is unavailable, until its own deadline. A poll ends then with the empty response that Temporal itself
 * gives, and shows a rejection only where the permission is missing. A completion shows what came of it last. A call of a client shows a rejection once
 * no other token helps; until the first call is accepted it is held too, since a token that is new may be too new.
 */
import { abortable, type Timer, withDeadline } from '@worker-auth/internal';
import type { ConditionCode } from '@worker-auth/calls/conditions/codes';
import { laneCall, type LaneCall } from '@worker-auth/calls/delivery/lane';
import { noTokenInTime } from '@worker-auth/calls/errors/own-errors';
import { messageOf } from '@worker-auth/calls/errors/translate';
import { pendingMs } from '@worker-auth/calls/tokens/token-replacement';
import { CallTimes } from './call-times.ts';
import type { Caller } from './caller.ts';
import { askElsewhere, attempt, type Attempted, type ProxyCore } from './core.ts';
import { type Answer, CallError, type Exchange, grpcStatus, noAnswer, undecided } from './exchange.ts';
import type { CallKind } from './methods.ts';
import { aloneMs, pause } from './pause.ts';
import type { PollQueue } from './request.ts';
import type { Scope } from './scopes.ts';

/** A poll that is open for so long, in ms, was not rejected: Temporal looks at a token when a call begins. */
const proofMs = 400;

/** How long another token is waited for, in ms, before a call is held without one: the others wait for what becomes of it. */
const otherTokenMs = 500;

export class HeldCall {
  readonly #core: ProxyCore;
  readonly #caller: Caller;
  readonly #scope: Scope;
  readonly #kind: CallKind;
  readonly #entry: LaneCall;
  readonly #times: CallTimes;
  /** By nature: it has no lane, and says nothing by its waiting. */
  readonly #waits: boolean;
  /** Of a poll that may have the tasks of others. */
  readonly #queue: PollQueue | undefined;
  #begun: Exchange | undefined;
  #last: Answer | undefined;
  /** Why there is no token. */
  #tokenError: string | undefined;

  constructor(core: ProxyCore, caller: Caller, scope: Scope, kind: CallKind) {
    this.#core = core;
    this.#caller = caller;
    this.#scope = scope;
    this.#kind = kind;
    this.#times = new CallTimes(caller, kind === 'poll');
    this.#waits = kind === 'client' && caller.names.waits;
    this.#queue = caller.names.queue;
    this.#entry = laneCall(caller.body.length, this.#times.endMs);
    caller.onLeft = () => this.#begun?.cancel();
  }

  /** Resolves when the worker has its answer, or has left. */
  async run(mayTry: () => Promise<unknown> | undefined): Promise<void> {
    const { lane } = this.#scope;
    let waitMs = 0;
    try {
      while (!this.#caller.isOver()) {
        const wait = this.#times.isTooLate ? new Promise(() => undefined) : mayTry();
        if (wait !== undefined || waitMs > 0 || !(this.#waits || lane.isOpen)) {
          if (this.#kind === 'poll') this.#core.polls.hold(this.#caller, this.#times.endMs);
          const { signal } = this.#caller.over(this.#times.endMs);
          const pausing = { wait, waitMs, isAlone: this.#waits, signal };
          await pause(this.#core, this.#scope, this.#entry, pausing).catch(() => undefined);
          this.#core.polls.leave(this.#caller);
          if (signal.aborted) break;
          if (wait !== undefined || this.#times.isTooLate) continue;
        }
        const spare = this.#queue && this.#core.polls.spare.take(this.#queue);
        waitMs = spare === undefined ? await this.#round() : this.#answer(spare);
      }
      this.#late(this.#last);
    } finally {
      this.#core.polls.leave(this.#caller);
      lane.left(this.#entry);
    }
  }

  /** Sends it with one token after another. Returns how long it waits before the next round, in ms. */
  async #round(): Promise<number> {
    const { tokens } = this.#core;
    const { verdicts } = this.#scope;
    const tried: string[] = [];
    let token = tokens.next(verdicts) ?? (await this.#firstToken());
    for (;;) {
      if (this.#caller.isOver()) return 0;
      if (token === undefined) return this.#held(this.#core.clock.monotonicNow());
      const made = await this.#attempt(token);
      this.#last = made.answer;
      if (this.#caller.isOver()) {
        this.#keep?.(made.answer);
        return 0;
      }
      if (!made.isRejected) return this.#judge(made, token);
      tried.push(token);
      const other = tokens.rejected(verdicts, tried, made.sentMs);
      token = other && (await this.#inTime(other));
      if (token !== undefined) continue;
      if (!this.#isProven && this.#kind !== 'completion')
        await askElsewhere(this.#core, this.#caller, tried.at(-1) ?? '');
      if (this.#isShown) return this.#answer(made.answer);
      const isLacking = verdicts.lacksPermission(tried.at(-1) ?? '', this.#core.clock.monotonicNow());
      return this.#held(made.sentMs, isLacking ? 'PERMISSION_MISSING' : 'TEMPORAL_REJECTS_TOKEN');
    }
  }

  async #attempt(token: string): Promise<Attempted> {
    const { headers, body } = this.#caller;
    const { clock, scopes, tokens } = this.#core;
    const isPoll = this.#waits || this.#kind === 'poll';
    tokens.sent(this.#scope.verdicts, token);
    let proof: Timer | undefined;
    let unoffer: (() => void) | undefined;
    try {
      return await attempt(this.#core, this.#scope, token, {
        headers,
        body,
        isPoll,
        deadlineMs: () => this.#times.leftMs,
        onLate: this.#keep,
        receive: this.#caller.receiver(),
        over: () => this.#caller.over(this.#times.endMs).signal,
        onBegun: (begun) => {
          this.#begun = begun;
          proof?.cancel();
          unoffer ??= this.#queue && this.#core.polls.spare.offer(this.#queue, this.#mayTake.bind(this));
          const sentMs = clock.monotonicNow();
          if (isPoll && (!this.#scope.lane.isOpen || scopes.isHeld(this.#scope)))
            proof = clock.startTimer(() => {
              scopes.accepted(this.#scope, this.#entry, sentMs);
            }, proofMs);
        },
      });
    } finally {
      this.#begun = undefined;
      proof?.cancel();
      unoffer?.();
    }
  }

  get #keep(): ((answer: Answer) => void) | undefined {
    return this.#queue && this.#core.polls.spare.keep.bind(this.#core.polls.spare, this.#queue);
  }

  /** While it is at Temporal, a poll may have the task of another one. */
  #mayTake(answer: Answer): boolean {
    if (this.#caller.isOver()) return false;
    this.#answer(answer);
    this.#begun?.cancel();
    return true;
  }

  /** Temporal answered, or is unavailable. */
  #judge({ answer, sentMs }: Attempted, token: string): number {
    const { status } = answer;
    const { scopes, tokens } = this.#core;
    if (this.#times.isLate(answer)) return this.#late(answer.isGrpc ? answer : undefined);
    if (undecided.has(status))
      return this.#kind === 'shutdown' ? this.#answer(answer) : this.#held(sentMs, 'TEMPORAL_UNREACHABLE');
    if (status === grpcStatus.ok || status === grpcStatus.notFound) {
      scopes.prove(this.#scope);
      tokens.accepted(this.#scope.verdicts, this.#caller.path, token, sentMs);
    }
    scopes.accepted(this.#scope, this.#entry, sentMs);
    return this.#answer(answer);
  }

  #answer(answer: Answer): number {
    if (answer.status === grpcStatus.ok) this.#core.tasks.handOutAll(answer, this.#caller);
    this.#caller.relay(answer);
    return 0;
  }

  /** @param code none without a token, since who got none has raised it */
  #held(sentMs: number, code?: ConditionCode): number {
    const { clock, scopes, random } = this.#core;
    const { namespace, lane } = this.#scope;
    if (clock.monotonicNow() - sentMs >= proofMs) this.#entry.failures = 0;
    // What was cut is sent again at once.
    if (this.#waits && this.#entry.failures++ === 0 && code === 'TEMPORAL_UNREACHABLE') return 0;
    const cause =
      this.#tokenError ?? this.#core.explain(new CallError(this.#last ?? noAnswer('')), namespace);
    scopes.held(this.#scope, { code, cause });
    if (!this.#waits) return lane.failed(this.#entry, sentMs, 0);
    return aloneMs(this.#entry.failures, random);
  }

  /** Whether a call was accepted from which follows that a rejection is not about a token that is too new. */
  get #isProven(): boolean {
    return this.#kind === 'poll' ? this.#scope.isProven : this.#core.scopes.isProven;
  }

  get #isDenied(): boolean {
    return this.#scope.verdicts.isDenied(this.#core.clock.monotonicNow());
  }

  /** Whether its caller sees a rejection that no token helps. */
  get #isShown(): boolean {
    if (this.#kind === 'shutdown') return true;
    if (this.#kind === 'client') return this.#isProven || this.#isDenied;
    return this.#kind === 'poll' && !this.#isProven && this.#isDenied;
  }

  /** When there is no valid token. A client hears why. */
  async #firstToken(): Promise<string | undefined> {
    const { signal } = this.#caller.over(this.#times.endMs);
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
    const { signal } = this.#caller.over(this.#times.endMs);
    const timeoutMs = this.#kind === 'client' ? pendingMs : otherTokenMs;
    const bounds = { clock, timeoutMs, signal, timeoutError: noTokenInTime };
    return withDeadline(() => other, bounds).catch(() => undefined);
  }

  /** @param last what Temporal said, if it said anything */
  #late(last: Answer | undefined): number {
    if (this.#kind === 'poll') this.#caller.endEmpty();
    else
      this.#caller.relay(last ?? noAnswer('Temporal was not reached in time', grpcStatus.deadlineExceeded));
    return 0;
  }
}
