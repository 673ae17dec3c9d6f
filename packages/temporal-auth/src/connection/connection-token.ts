import type { NativeConnection } from '@temporalio/worker';
import { abortable, handled, WakeableTimer } from '@worker-auth/internal';
import { connectionClosed } from '@worker-auth/calls/errors/own-errors';
import { isClosedConnection } from '@worker-auth/calls/errors/rejection';
import type { ConnectionVerdicts } from '@worker-auth/calls/tokens/token-replacement';
import { retryMs, type ScopeVerdicts } from '@worker-auth/calls/tokens/verdicts';
import type { ConnectionTokenOptions } from './connection-token-options.ts';

/** Nobody sees the answers to their polls and workflow task completions: these follow the probes. */
const workers = 'workers';

/** So long a token stays that one namespace accepts, where another accepts a newer one alone, in ms. */
const splitMs = 60_000;

/** So many tokens are tried in the place of one that is rejected. */
const maxTries = 3;

/**
 * Keeps a native connection on the token that the verdicts say, until it is closed. Temporal's Core reads the API key of its connection at each attempt
 * of each call, so all scopes have one token: another one is tried before it takes its place.
 */
export class ConnectionToken {
  /** The one in place now. */
  connection: NativeConnection;
  current: string;
  readonly #options: ConnectionTokenOptions;
  readonly #unsubscribe: () => void;
  readonly #timer: WakeableTimer;
  readonly #closing = new AbortController();
  #verdicts: ConnectionVerdicts;
  /** Of the namespaces of its workers. */
  #scopes: readonly ScopeVerdicts[] = [];
  #isRunning = false;
  /** Since when a newer one is rejected. */
  #keptFromMs: number | undefined;
  #round: Promise<unknown> = Promise.resolve();
  /** The one that tries the tokens that came since the last one began. */
  #nextRound: PromiseWithResolvers<void> | undefined;

  constructor(options: ConnectionTokenOptions) {
    const { connection, opened = '', replacement } = options;
    this.#options = options;
    [this.connection, this.current] = [connection, opened];
    this.#verdicts = replacement.connection(options.address);
    this.#timer = new WakeableTimer(replacement.clock);
    this.#unsubscribe = replacement.tokens.subscribe(this.#look.bind(this));
    // A token that came while the connection was being opened had no subscriber yet.
    this.#look();
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Of the connection in place now. */
  scope(namespace: string, method = workers): ScopeVerdicts {
    const scope = this.#verdicts.scope(namespace, method);
    if (method === workers && !this.#scopes.includes(scope)) this.#scopes = [...this.#scopes, scope];
    return scope;
  }

  /** Resolves when each token that came until now is in use, or was tried and is tried again later. */
  async updated(): Promise<void> {
    await this.#round;
    await this.#nextRound?.promise;
  }

  /** All scopes have one token. */
  next(): string {
    return this.current;
  }

  accepted(scope: ScopeVerdicts, token: string, sentMs: number): void {
    this.#options.replacement.accepted(scope, token, sentMs);
  }

  /** A call was rejected with the token. Resolves to whether the connection has another one by now. */
  async rejected(scope: ScopeVerdicts, token: string, sentMs: number): Promise<boolean> {
    if (token !== this.current) return true;
    const wasGood = this.#isGood;
    await this.#options.replacement.rejected(scope, [token], sentMs)?.catch(() => undefined);
    // A try may take long: whatever is not over is better by now.
    const [next] = this.#options.isPushed && !this.#valid.includes(token) ? this.#likeliest() : [];
    if (next !== undefined) await this.#use(next);
    if (token !== this.current) return true;
    // Else others are tried already, each in its time.
    if (wasGood) this.#look();
    await this.#round;
    return this.current !== token;
  }

  /** Puts another connection, opened with a token that Temporal accepted, in the place of this one. Returns the one before, which stays open. */
  replaceConnection(next: NativeConnection, opened: string): NativeConnection {
    if (this.isClosed) throw connectionClosed();
    const before = this.connection;
    [this.connection, this.current] = [next, opened];
    this.#verdicts = this.#options.replacement.connection(this.#options.address);
    this.#scopes = [];
    this.#keptFromMs = undefined;
    this.#look();
    return before;
  }

  /** Leaves the connection open. */
  stop(): void {
    this.#closing.abort(connectionClosed());
    this.#unsubscribe();
    this.#takeNextRound()?.resolve();
  }

  #look(): void {
    if (!this.#options.isPushed || this.isClosed) return;
    if (!this.#isRunning) {
      void handled(this.#followTokens());
      return;
    }
    this.#nextRound ??= Promise.withResolvers();
    this.#timer.wakeWithin(0);
  }

  async #followTokens(): Promise<void> {
    this.#isRunning = true;
    for (;;) {
      // A try that fails is repeated, as one that is rejected.
      const next = this.#takeNextRound();
      await (this.#round = Promise.allSettled([this.#follow()]));
      next?.resolve();
      const nowMs = this.#options.replacement.clock.monotonicNow();
      const waitsMs = this.#candidates().map((token) => this.#verdicts.dueInMs(token, nowMs));
      if (waitsMs.length === 0 || this.isClosed) break;
      // A try without an answer moves none of them.
      await this.#timer.wait(Math.max(retryMs.first, Math.min(...waitsMs)), this.#closing.signal);
    }
    this.#isRunning = false;
    this.#takeNextRound()?.resolve();
  }

  #takeNextRound(): PromiseWithResolvers<void> | undefined {
    const next = this.#nextRound;
    this.#nextRound = undefined;
    return next;
  }

  async #follow(): Promise<void> {
    const candidates = this.#candidates();
    for (const token of candidates) if (await this.#isBetter(token)) return this.#use(token);
    if (candidates.length === 0) return;
    if (this.#isGood) await this.#try(undefined);
    if (this.#isGood || this.#scopes.some((scope) => scope.accepts(this.current))) {
      const newest = this.#valid.at(-1) ?? '';
      // One that is older was accepted before.
      if (this.#keptFromMs === undefined && newest !== this.current)
        this.#options.onKept(this.#scopes.some((scope) => scope.accepts(newest)));
      this.#keptFromMs ??= this.#options.replacement.clock.monotonicNow();
      return;
    }
    // None is accepted: the one that has aged longest is accepted first.
    const likeliest = this.#likeliest().find((token) => token === this.current || candidates.includes(token));
    if (likeliest !== undefined) await this.#use(likeliest);
  }

  /** Newer ones while the current one is good, the newest and the oldest of them; else the likeliest others, and the newest. */
  #candidates(): readonly string[] {
    if (!this.#isGood) {
      const others = this.#likeliest().filter((token) => token !== this.current);
      const newest = others.filter((token) => token === this.#valid.at(-1));
      // Where it is rejected again, another one is wanted.
      return [...new Set([...others.slice(0, maxTries - 1), ...newest, ...others])].slice(0, maxTries);
    }
    const newer = this.#valid.slice(this.#valid.indexOf(this.current) + 1);
    return [...new Set([...newer.slice(-1), ...newer.slice(0, 1)])];
  }

  get #valid(): readonly string[] {
    return this.#options.replacement.known?.valid ?? [];
  }

  get #isGood(): boolean {
    const nowMs = this.#options.replacement.clock.monotonicNow();
    // Where a permission is missing, no other token is better.
    const isRejected = (scope: ScopeVerdicts): boolean =>
      scope.rejects(this.current) && !scope.isDenied(nowMs);
    return this.#valid.includes(this.current) && !this.#scopes.some(isRejected);
  }

  #likeliest(): readonly string[] {
    const { known, clock } = this.#options.replacement;
    if (known === undefined) return [];
    const scope = this.#scopes.find((other) => other.rejects(this.current)) ?? this.#scopes[0];
    return scope?.likeliest(known, clock.monotonicNow()) ?? known.valid.toReversed();
  }

  /** Tries a token, and says whether it is to take the place of the current one. */
  async #isBetter(token: string): Promise<boolean> {
    const result = await this.#try(token);
    const [valid, current, scopes] = [this.#valid, this.current, this.#scopes];
    // No answer proves nothing.
    const isRejected = result === 'rejected' || scopes.some((scope) => scope.rejects(token));
    if (isRejected && result !== 'good') return false;
    const isLost = scopes.some((scope) => scope.rejects(token) && scope.accepts(current));
    const isGained = scopes.some((scope) => scope.accepts(token) && !scope.accepts(current));
    const nowMs = this.#options.replacement.clock.monotonicNow();
    if (isLost) return isGained && nowMs - (this.#keptFromMs ?? nowMs) >= splitMs;
    return (
      isGained ||
      valid.indexOf(token) > valid.indexOf(current) ||
      !scopes.some((scope) => scope.accepts(current))
    );
  }

  /** Tries a token, or the connection's own, and reports to the verdicts. Accepted somewhere is accepted, and rejected is what all reject. */
  async #try(token: string | undefined): Promise<'good' | 'rejected' | undefined> {
    const { connection } = this;
    const { replacement, tryToken } = this.#options;
    const sentMs = replacement.clock.monotonicNow();
    const tried = token ?? this.current;
    const results = await abortable(tryToken(connection, token), this.#closing.signal);
    // It says nothing of the one that took its place: all are tried again on that.
    if (connection !== this.connection) throw connectionClosed();
    for (const [namespace, kind] of results) {
      if (namespace === undefined) continue;
      const scope = this.scope(namespace);
      if (kind === 'good') replacement.accepted(scope, tried, sentMs);
      else if (kind === 'rejected') void replacement.rejected(scope, [tried], sentMs)?.catch(() => undefined);
    }
    const all = [...results.values()];
    if (all.includes('good')) return 'good';
    return all.every((kind) => kind === 'rejected') ? 'rejected' : undefined;
  }

  async #use(token: string): Promise<void> {
    if (token === this.current) return;
    try {
      await this.connection.setApiKey(token);
    } catch (error) {
      if (isClosedConnection(error)) this.stop();
      else this.#options.onFailed(error);
      return;
    }
    this.current = token;
    this.#keptFromMs = undefined;
  }
}
