/**
 * Which token a call carries, and when another one is wanted. Nothing here waits, asks or sends: it gets what became of calls, and the time. A
 * question changes nothing.
 *
 * A *scope* is a namespace and a method on one connection; the answer to a call says something of its scope, and of nothing else. For a scope each
 * token is in one state:
 *
 * | state      | means                                                      | when accepted | when rejected                       |
 * | ---------- | ---------------------------------------------------------- | ------------- | ----------------------------------- |
 * | `untried`  | no answer yet                                              | `accepted`    | `ageing`                            |
 * | `ageing`   | rejected, and never accepted: clocks and key sets lag      | `accepted`    | `ageing`                            |
 * | `accepted` | the last answer was good                                   | `accepted`    | `doubted`                           |
 * | `doubted`  | accepted before: revoked, or unknown to one of the servers | `mixed`       | `doubted`                           |
 * | `mixed`    | both within 30 s: servers behind one address differ        | `mixed`       | `mixed`, `doubted` 30 s after a yes |
 *
 * - A call carries the newest token that its scope accepts. A newer one is tried by one call, and after 0.5, 1, 2 and each 4 s by another one.
 * - A rejected call is sent with what is likeliest to be accepted of what it has not been sent with, three times in all.
 * - Another token is wanted when the newest was accepted here and is rejected, or has aged for 10 s and no call accepts it.
 * - A scope is *denied*, for want of a permission, when it never accepted a token and rejects one that another scope accepts afterwards, or rejects
 *   all for 15 s while others of its namespace accept. Its calls are sent twice, and another token is wanted for it each ten minutes at most. So it is
 *   for a namespace that has accepted nothing since its last new token, which others have accepted within a minute.
 */

import { ByToken, Known, type Learnt, type Namespace, type Tokens, type Trial } from './learnt.ts';

/** First wait before a token is tried again, in ms. Doubles each time. */
export const retryMs = { first: 500, max: 4_000 };
/** Age at which a token that was only rejected is abandoned, in ms. */
const ageingMs = 10_000;
/** How long servers behind one address are believed to differ, in ms. */
const differMs = 30_000;
/** A token that was accepted for so long has helped, in ms. */
const helpedMs = 4_000;
/** A scope that rejects for so long while others of its namespace accept is denied, in ms. */
const deniedMs = 15_000;
/** How often another token is wanted for scopes that never accepted one, in ms. */
const deniedEveryMs = 600_000;
/** So long after others accepted it last a token may have been revoked, in ms. */
const provenMs = 60_000;
/** How often in a row a token is rejected alternately before it is abandoned, and the place of tokens that age among the likeliest ones. */
const [maxTurns, ageingOrder] = [5, 6];

/** What one scope has learnt. */
export class ScopeVerdicts {
  readonly #learnt: Learnt;
  readonly #namespace: Namespace;
  readonly #known = new ByToken<Known>();
  /** When the last call was sent that was accepted; `undefined`: none was. */
  #acceptedMs: number | undefined;
  /** Since when every call is rejected. */
  #rejectedFromMs: number | undefined;
  /** Whether it was denied when a call was rejected. */
  #wasDenied = false;

  constructor(learnt: Learnt, namespace: Namespace) {
    this.#learnt = learnt;
    this.#namespace = namespace;
  }

  /** Whether the last answer was good. */
  accepts(token: string): boolean {
    return this.#known.get(token)?.state === 'accepted';
  }

  /** Whether the last answer was bad. */
  rejects(token: string): boolean {
    return (this.#known.get(token)?.rejections ?? 0) > 0;
  }

  /** The token for a call that is sent now. */
  next(tokens: Tokens, nowMs: number): string {
    const { newest } = tokens;
    return this.accepts(newest) ? newest : (this.likeliest(tokens, nowMs)[0] ?? newest);
  }

  /** A call is sent with the token. */
  sent(token: string, { newest, valid }: Tokens, nowMs: number): void {
    if (token !== newest || !this.#isTrial(token, nowMs)) return;
    // Whoever is not needed for the trial carries what is accepted.
    if (valid.some((other) => other !== token && this.#isProven(other))) this.#try(token, nowMs);
  }

  accepted(token: string, sentMs: number, nowMs: number): void {
    const { acceptedMs, acceptedThereMs, trials, acceptedAnywhereMs, rejectedAnywhereMs } = this.#learnt;
    // The other scopes need not wait to try it; later they are told nothing new.
    if (!acceptedMs.has(token)) trials.delete(token);
    acceptedMs.set(token, Math.max(sentMs, acceptedMs.get(token) ?? -Infinity));
    acceptedThereMs.set(token, Math.max(sentMs, acceptedThereMs.get(token) ?? -Infinity));
    acceptedAnywhereMs.set(token, sentMs);
    rejectedAnywhereMs.delete(token);
    this.#namespace.acceptedMs = Math.max(sentMs, this.#namespace.acceptedMs);
    const known = this.#known.get(token) ?? new Known();
    if (sentMs < known.sentMs) return;
    this.#acceptedMs = Math.max(sentMs, this.#acceptedMs ?? sentMs);
    this.#wasDenied = false;
    this.#rejectedFromMs = undefined;
    if (known.state === 'ageing') known.acceptedFromMs = nowMs;
    known.state = known.state !== 'ageing' && nowMs - known.rejectedMs < differMs ? 'mixed' : 'accepted';
    known.sentMs = sentMs;
    known.acceptedMs = nowMs;
    known.rejections = 0;
    this.#known.set(token, known);
  }

  /**
   * A call was rejected with the last of `tried`, with which it was sent at `sentMs`. Where another token is wanted in the place of the newest, whether
   * that has helped: it was accepted for a while.
   */
  rejected(tried: readonly string[], sentMs: number, tokens: Tokens, nowMs: number): boolean | undefined {
    const token = tried.at(-1) ?? '';
    const { acceptedAnywhereMs, rejectedAnywhereMs } = this.#learnt;
    // Others may not be accepted again before somebody asks.
    this.#wasDenied = this.isDenied(nowMs);
    const isNew = !acceptedAnywhereMs.has(token) && !rejectedAnywhereMs.has(token);
    if (isNew) rejectedAnywhereMs.set(token, nowMs);
    const trial = this.#try(token, nowMs);
    trial.waitMs = Math.min(retryMs.max, trial.waitMs * 2);
    if (sentMs >= (this.#acceptedMs ?? sentMs)) this.#rejectedFromMs ??= sentMs;
    const known = this.#known.get(token) ?? new Known();
    if (sentMs >= known.sentMs) {
      const isOver = known.state === 'mixed' && nowMs - known.acceptedMs >= differMs;
      if (known.state === 'accepted' || isOver) known.state = 'doubted';
      if (known.rejections === 0) known.rejectedFromMs = sentMs;
      Object.assign(known, { sentMs, rejectedMs: nowMs, rejections: known.rejections + 1 });
      this.#known.set(token, known);
    }
    const newest = this.#known.get(tokens.newest);
    if (newest?.state === 'doubted' && hasHelped(newest, nowMs)) return true;
    return this.#isAnotherWanted(tokens, nowMs) ? false : undefined;
  }

  /** The token to send a call with again that was rejected with these; `undefined` when it is its caller's. */
  again(tried: readonly string[], tokens: Tokens, nowMs: number): string | undefined {
    if (tried.length >= (this.isDenied(nowMs) ? 2 : 3)) return undefined;
    const token = tried.at(-1) ?? '';
    const known = tokens.valid.includes(token) ? this.#known.get(token) : undefined;
    if (known?.state === 'mixed') return token;
    const timesOf = (other: string): number => tried.filter((name) => name === other).length;
    const mayDiffer =
      known?.state === 'doubted' && nowMs - known.acceptedMs < differMs && timesOf(token) === 1;
    if (mayDiffer && token === tokens.newest && !hasHelped(known, nowMs)) return token;
    // An older one is likely to be revoked too. One that nobody has rejected is being tried by another call.
    const isFresh = !this.#known.has(tokens.newest) && !this.#learnt.rejectedAnywhereMs.has(tokens.newest);
    if (known?.state === 'doubted' && isFresh) return tokens.newest;
    const other = this.likeliest(tokens, nowMs).find(
      // Others have been accepted with it meanwhile.
      (other) => timesOf(other) === 0 || (timesOf(other) === 1 && this.#isAccepted(other)),
    );
    return other ?? (mayDiffer ? token : undefined);
  }

  /** Whether its calls lack a permission. */
  isDenied(nowMs: number): boolean {
    const isAcceptedElsewhere = ([token, { sentMs }]: readonly [string, Known]): boolean =>
      (this.#learnt.acceptedMs.get(token) ?? -Infinity) > sentMs;
    const fromMs = this.#rejectedFromMs ?? Infinity;
    return (
      this.#wasDenied ||
      (this.#acceptedMs === undefined && [...this.#known].some(isAcceptedElsewhere)) ||
      (nowMs - fromMs >= deniedMs && this.#namespace.acceptedMs > fromMs)
    );
  }

  /**
   * Whether the token lacks a permission for its calls, for the log alone: what is sent is decided by `isDenied`. Another scope of the endpoint has accepted it between
   * two calls that this one rejected.
   */
  lacksPermission(token: string, nowMs: number): boolean {
    const { rejections = 0, rejectedFromMs = 0, sentMs = 0 } = this.#known.get(token) ?? {};
    const acceptedMs = this.#learnt.acceptedThereMs.get(token) ?? -Infinity;
    return this.isDenied(nowMs) || (rejections > 1 && rejectedFromMs <= acceptedMs && acceptedMs <= sentMs);
  }

  /** Another token was asked for on its behalf. */
  asked(nowMs: number): void {
    this.#namespace.replacedMs = nowMs;
    if (this.#acceptedMs === undefined || this.isDenied(nowMs)) this.#namespace.askedMs = nowMs;
  }

  /** All tokens, the likeliest to be accepted first. */
  likeliest({ newest, valid }: Tokens, nowMs: number): readonly string[] {
    return (
      valid
        .map((token, index) => ({ token, order: this.#order(token, newest, nowMs), index }))
        // Of those that age, the oldest is accepted first.
        .sort((a, b) => a.order - b.order || (a.index - b.index) * (a.order === ageingOrder ? 1 : -1))
        .map(({ token }) => token)
    );
  }

  /** In the place of the newest, which has not helped. */
  #isAnotherWanted({ newest, valid }: Tokens, nowMs: number): boolean {
    const known = this.#known.get(newest);
    // It is tried first.
    if (known === undefined) return false;
    if (known.state !== 'ageing') return known.rejections >= (known.state === 'mixed' ? maxTurns : 2);
    if (valid.some((token) => this.#isProven(token))) return false;
    const { acceptedAnywhereMs, rejectedAnywhereMs } = this.#learnt;
    const { acceptedMs, askedMs, replacedMs } = this.#namespace;
    if (this.isDenied(nowMs)) return nowMs - askedMs >= deniedEveryMs;
    const provenAtMs = acceptedAnywhereMs.get(newest);
    if (provenAtMs !== undefined) {
      // The last one has not helped this namespace, and others accept it.
      const isUseless = acceptedMs < replacedMs && nowMs - provenAtMs < provenMs;
      return nowMs - (isUseless ? replacedMs : askedMs) >= deniedEveryMs;
    }
    return nowMs - (rejectedAnywhereMs.get(newest) ?? nowMs) >= ageingMs;
  }

  #try(token: string, nowMs: number): Trial {
    const waitMs = this.#learnt.trials.get(token)?.waitMs ?? retryMs.first;
    const trial = { dueMs: nowMs + waitMs, waitMs };
    this.#learnt.trials.set(token, trial);
    return trial;
  }

  /** Whether it is the time to see whether a token is accepted by now. */
  #isTrial(token: string, nowMs: number): boolean {
    const { state = 'ageing' } = this.#known.get(token) ?? {};
    return state === 'ageing' && nowMs >= (this.#learnt.trials.get(token)?.dueMs ?? -Infinity);
  }

  #isAccepted(token: string): boolean {
    const state = this.#known.get(token)?.state;
    return state === 'accepted' || state === 'mixed';
  }

  #isProven(token: string): boolean {
    return this.#isAccepted(token) || (!this.#known.has(token) && this.#learnt.acceptedAnywhereMs.has(token));
  }

  /** The smaller, the likelier is it accepted. */
  #order(token: string, newest: string, nowMs: number): number {
    const { acceptedMs, acceptedAnywhereMs, rejectedAnywhereMs } = this.#learnt;
    if (token === newest && this.#isTrial(token, nowMs)) return 0;
    const state = this.#known.get(token)?.state;
    if (state === 'accepted') return 1;
    if (state === 'mixed') return 2;
    const isUntried = state === undefined;
    if (acceptedMs.has(token)) return isUntried ? 3 : 8;
    if (acceptedAnywhereMs.has(token)) return isUntried ? 4 : 7;
    return isUntried && !rejectedAnywhereMs.has(token) ? 5 : ageingOrder;
  }
}

const hasHelped = ({ acceptedFromMs }: Known, nowMs: number): boolean => nowMs - acceptedFromMs >= helpedMs;
