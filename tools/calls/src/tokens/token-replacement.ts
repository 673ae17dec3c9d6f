import { type Clock, handled, maxTokens } from '@worker-auth/internal';
import { Emitter } from '@worker-auth/refresh-scheduler';
import type { GetTokenOptions, TokenSource } from '@worker-auth/token-manager';
import { ByToken, type Everywhere, type Learnt, Namespace, type Tokens } from './learnt.ts';
import { ScopeVerdicts } from './verdicts.ts';

/** So long a request for another token is waited for, in ms; then one is made beside it. A source of somebody else's may never answer. */
export const pendingMs = 30_000;

/** Tokens, or what stands for them; `activeTokens` are those that are not over, the newest last. */
export type KnownTokens = TokenSource & { readonly activeTokens?: readonly string[] };

/** Reports to the verdicts of a token source what became of calls, and asks it for another token when they want one, on behalf of all connections. */
export class TokenReplacement {
  readonly tokens: KnownTokens;
  readonly clock: Clock;
  readonly #everywhere: Everywhere = { acceptedAnywhereMs: new ByToken(), rejectedAnywhereMs: new ByToken() };
  readonly #endpoints = new Map<string, ByToken<number>>();
  readonly #emitter = new Emitter<{ rejected: string }>({ rejected: true });
  #pending:
    | { readonly rejected: string; readonly another: Promise<string>; readonly atMs: number }
    | undefined;

  constructor(tokens: KnownTokens, clock: Clock) {
    this.tokens = tokens;
    this.clock = clock;
  }

  /**
   * What another connection with these tokens has learnt: nothing yet.
   *
   * @param address of its endpoint; `undefined` where that is not known
   */
  connection(address?: string): ConnectionVerdicts {
    const acceptedThereMs = this.#endpoints.get(address ?? '') ?? new ByToken();
    if (address !== undefined) this.#endpoints.set(address, acceptedThereMs);
    return new ConnectionVerdicts(this.#everywhere, acceptedThereMs);
  }

  /** Whether any connection has accepted a call with the token. */
  wasAccepted(token: string): boolean {
    return this.#everywhere.acceptedAnywhereMs.has(token);
  }

  /** The tokens that there are; `undefined` while there is none. */
  get known(): Tokens | undefined {
    const newest = this.tokens.peek();
    if (newest === undefined) return undefined;
    const { activeTokens = [] } = this.tokens;
    const valid = activeTokens.includes(newest) ? activeTokens : [...activeTokens, newest];
    return { newest, valid: valid.slice(-maxTokens) };
  }

  /** Of calls that lack a permission it is not called: they say nothing of the token. Returns the function that ends this. */
  onRejected(listener: (token: string) => void): () => void {
    return this.#emitter.on('rejected', listener);
  }

  /** A call is sent with the token. */
  sent(scope: ScopeVerdicts, token: string): void {
    const { known, clock } = this;
    if (known !== undefined) scope.sent(token, known, clock.monotonicNow());
  }

  /** A call that was sent at this moment was accepted with the token. */
  accepted(scope: ScopeVerdicts, token: string, sentMs: number): void {
    scope.accepted(token, sentMs, this.clock.monotonicNow());
  }

  /** A call that was sent at this moment was rejected with the last of `tried`. Another token, if one is wanted. */
  rejected(scope: ScopeVerdicts, tried: readonly string[], sentMs: number): Promise<string> | undefined {
    const { known, clock } = this;
    const nowMs = clock.monotonicNow();
    if (!scope.isDenied(nowMs)) this.#emitter.emit('rejected', tried.at(-1) ?? '');
    // They are all over: a refresh is on its way.
    if (known === undefined) return this.tokens.getToken();
    const hasHelped = scope.rejected(tried, sentMs, known, nowMs);
    if (hasHelped === undefined) return undefined;
    const rejectedAs = scope.isDenied(nowMs) ? 'denied' : hasHelped ? 'revoked' : 'new';
    const another = this.#another(known.newest, rejectedAs);
    void handled(another.then(scope.asked.bind(scope, nowMs)));
    return another;
  }

  #another(rejected: string, rejectedAs: GetTokenOptions['rejectedAs']): Promise<string> {
    const [pending, atMs] = [this.#pending, this.clock.monotonicNow()];
    if (pending?.rejected === rejected && atMs - pending.atMs < pendingMs) return pending.another;
    const another = this.tokens.getToken({ rejectedToken: rejected, rejectedAs }).finally(() => {
      if (this.#pending?.another === another) this.#pending = undefined;
    });
    this.#pending = { rejected, another: handled(another), atMs };
    return another;
  }
}

/** What one connection has learnt of a namespace. */
class NamespaceVerdicts extends Namespace {
  /** By method. */
  readonly scopes = new Map<string, ScopeVerdicts>();
}

/** What one connection has learnt. */
export class ConnectionVerdicts {
  readonly #learnt: Learnt;
  readonly #namespaces = new Map<string, NamespaceVerdicts>();

  /** @param everywhere what all connections of a token source have learnt */
  constructor(everywhere: Everywhere, acceptedThereMs = new ByToken<number>()) {
    this.#learnt = { ...everywhere, acceptedThereMs, acceptedMs: new ByToken(), trials: new ByToken() };
  }

  scope(namespace: string, method: string): ScopeVerdicts {
    const known = this.#namespaces.get(namespace) ?? new NamespaceVerdicts();
    const scope = known.scopes.get(method) ?? new ScopeVerdicts(this.#learnt, known);
    this.#namespaces.set(namespace, known);
    known.scopes.set(method, scope);
    return scope;
  }

  /** Nothing of the scope is needed any more. */
  forget(namespace: string, method: string): void {
    const known = this.#namespaces.get(namespace);
    known?.scopes.delete(method);
    if (known?.scopes.size === 0) this.#namespaces.delete(namespace);
  }

  /** Until a token that is rejected is tried again. */
  dueInMs(token: string, nowMs: number): number {
    return Math.max(0, (this.#learnt.trials.get(token)?.dueMs ?? nowMs) - nowMs);
  }
}
