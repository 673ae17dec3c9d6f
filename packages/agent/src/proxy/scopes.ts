/**
 * What is known of each scope, a namespace and a method: which token it accepts, and whether its calls are held. Calls that are held go by a lane:
 * one of them tries, and once it is accepted the others follow in waves. What opens one lane has the others try at once. Why calls are held is a
 * condition of their namespace. Each connection of workers has its share of them. Beyond that the one is forgotten that was not used for the longest,
 * its own or one of a connection that has ended, but never one with calls in it.
 */
import type { Logger } from '@worker-auth/calls/temporal';
import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/internal';
import type { ConditionCode } from '@worker-auth/calls/conditions/codes';
import type { Conditions } from '@worker-auth/calls/conditions/conditions';
import { type CallTokens, freeMethods } from '@worker-auth/calls/tokens/call-tokens';
import { Lane, type LaneCall } from '@worker-auth/calls/delivery/lane';
import type { ScopeVerdicts } from '@worker-auth/calls/tokens/verdicts';
import { methodOf, partOf, type Trouble } from './methods.ts';
import { Pool, type Share } from './shares.ts';

export interface Scope {
  readonly namespace: string;
  readonly path: string;
  readonly lane: Lane;
  readonly verdicts: ScopeVerdicts;
  /** Whether a call was ever accepted. */
  isProven: boolean;
}

/** Whose a scope is, and how many calls are in it. */
interface Kept extends Scope {
  share: Share;
  calls: number;
}

/** Why calls of a scope are held. */
export interface HoldReason {
  /** `undefined` where somebody else has raised it. */
  readonly code: ConditionCode | undefined;
  readonly cause: string;
}

interface ScopesOptions {
  /** Of Temporal, `host:port`. */
  readonly address: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly conditions: Conditions;
  readonly logger: Logger;
  /** How many there may be. Default 10,000: workers have a few methods in a few namespaces. */
  readonly max?: number;
}

/** Said to a caller whose scope is not known. */
export const tooMany = 'The proxy knows too many namespaces and methods, or no names that are so long';

/** A namespace and a method have so many characters at most. Temporal allows names of 1,000. */
const maxKeyLength = 1_500;

export class Scopes {
  /** Whether a call that needs a token was ever accepted. */
  isProven = false;
  /** Called when something has changed for the better. */
  onWake: () => void = () => undefined;
  /** Called with a scope that is known no more. */
  onForgotten: (scope: Scope) => void = () => undefined;
  readonly #options: ScopesOptions;
  readonly #tokens: CallTokens;
  /** The one that was not used for the longest first. */
  readonly #scopes = new Map<string, Kept>();
  readonly #pool: Pool;
  #hasWarned = false;
  readonly #held = new Map<Scope, HoldReason & { readonly since: Instant }>();
  #woken = Promise.withResolvers<undefined>();

  constructor(tokens: CallTokens, options: ScopesOptions) {
    this.#tokens = tokens;
    this.#options = options;
    this.#pool = new Pool(options.max ?? 10_000);
  }

  /** How many are known. */
  get size(): number {
    return this.#scopes.size;
  }

  /** For a call, until {@link leave}. `undefined` when there are too many, or its names are too long. */
  enter(namespace: string, path: string, connection: object): Scope | undefined {
    const key = keyOf({ namespace, path });
    const share = this.#pool.of(connection);
    const scope = this.#scopes.get(key) ?? this.#make(namespace, path, share);
    if (scope === undefined) return undefined;
    if (scope.share.isOver && share.take(1)) {
      scope.share.give(1);
      scope.share = share;
    }
    scope.calls++;
    this.#scopes.delete(key);
    this.#scopes.set(key, scope);
    return scope;
  }

  /** The call has ended. */
  leave(scope: Scope): void {
    (scope as Kept).calls--;
  }

  /** A connection has ended. */
  closed(connection: object): void {
    this.#pool.of(connection).isOver = true;
  }

  /** Temporal accepted a call of the scope. */
  prove(scope: Scope): void {
    scope.isProven = true;
    this.isProven ||= !freeMethods.test(scope.path);
  }

  /** A call that was sent then was answered by Temporal itself. */
  accepted(scope: Scope, call: LaneCall, sentMs: number): void {
    const wasOpen = scope.lane.isOpen;
    scope.lane.accepted(call, sentMs);
    const held = this.#held.get(scope);
    if (held === undefined || held.since.monotonicMs > sentMs) return;
    this.#held.delete(scope);
    this.#clear(scope, held.code);
    if (!wasOpen) this.wake();
  }

  /** A call failed, and is held. */
  held(scope: Scope, reason: HoldReason): void {
    const { address, clock, conditions } = this.#options;
    const { code, since = readInstant(clock) } = this.#held.get(scope) ?? {};
    this.#held.set(scope, { ...reason, since });
    if (code !== reason.code) this.#clear(scope, code);
    const { namespace } = scope;
    if (reason.code !== undefined)
      conditions.raise(reason.code, { scope: { namespace, address }, cause: reason.cause });
  }

  isHeld(scope: Scope): boolean {
    return this.#held.has(scope);
  }

  /** Something has changed for the better: of each kind of call one tries now. */
  wake(): void {
    for (const { lane } of this.#scopes.values()) lane.wake();
    this.#woken.resolve(undefined);
    this.#woken = Promise.withResolvers();
    this.onWake();
  }

  /** Resolves when something has changed for the better. */
  get woken(): Promise<undefined> {
    return this.#woken.promise;
  }

  /** Why calls are held. */
  get troubles(): readonly Trouble[] {
    return Array.from(this.#held, ([{ namespace, path }, { since, cause }]) => {
      const seconds = Math.round(elapsedMs(this.#options.clock, since) / 1_000);
      const text = `${methodOf(path)} in namespace "${namespace}" is not accepted for ${seconds} s: ${cause}`;
      return { part: partOf(path), text };
    });
  }

  /** No call of the scope is held for that any more; those of other methods may be. */
  #clear({ namespace }: Scope, code: ConditionCode | undefined): void {
    const isHeld = [...this.#held].some(
      ([scope, held]) => scope.namespace === namespace && held.code === code,
    );
    if (code !== undefined && !isHeld)
      this.#options.conditions.clear(code, { namespace, address: this.#options.address });
  }

  #make(namespace: string, path: string, share: Share): Kept | undefined {
    if (namespace.length + path.length > maxKeyLength) return undefined;
    while (!share.take(1)) if (!this.#forgetOldest(share)) return undefined;
    const { clock, random } = this.#options;
    const lane = new Lane(clock, random);
    const verdicts = this.#tokens.scope(namespace, path);
    return { namespace, path, lane, verdicts, isProven: false, share, calls: 0 };
  }

  /** Returns whether there was one. */
  #forgetOldest(share: Share): boolean {
    for (const scope of this.#scopes.values()) {
      const isFree = scope.share.isOver || (scope.share === share && !this.#held.has(scope));
      if (scope.calls > 0 || !isFree) continue;
      this.#forget(scope);
      return true;
    }
    return false;
  }

  #forget(scope: Kept): void {
    const { namespace, path, share } = scope;
    this.#scopes.delete(keyOf(scope));
    share.give(1);
    this.#tokens.forget(namespace, path);
    const held = this.#held.get(scope);
    this.#held.delete(scope);
    this.#clear(scope, held?.code);
    this.onForgotten(scope);
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const text =
      'Calls come for too many namespaces and methods: the proxy forgets those that were not used for the longest';
    this.#options.logger.warn(text, { namespace, method: methodOf(path) });
  }
}

function keyOf({ namespace, path }: Pick<Scope, 'namespace' | 'path'>): string {
  return JSON.stringify([namespace, path]);
}
