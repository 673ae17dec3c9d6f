/**
 * What is known of each scope, a namespace and a method: which token it accepts, and whether its calls are held. Calls that are held go by a lane:
 * one of them tries, and once it is accepted the others follow in waves. What opens one lane has the others try at once. Why calls are held is a
 * condition of their namespace.
 */
import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/internal';
import type { ConditionCode } from '../../conditions/codes.ts';
import type { Conditions } from '../../conditions/conditions.ts';
import { type CallTokens, freeMethods } from '../../connection/call-tokens.ts';
import { Lane, type LaneCall } from '../../delivery/lane.ts';
import type { ScopeVerdicts } from '../../tokens/verdicts.ts';
import { methodOf, partOf, type Trouble } from './methods.ts';

export interface Scope {
  readonly namespace: string;
  readonly path: string;
  readonly lane: Lane;
  readonly verdicts: ScopeVerdicts;
  /** Whether a call was ever accepted. */
  isProven: boolean;
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
}

/** Workers have a few methods in a few namespaces. */
const maxScopes = 10_000;

export class Scopes {
  /** Whether a call that needs a token was ever accepted. */
  isProven = false;
  /** Called when something has changed for the better. */
  onWake: () => void = () => undefined;
  readonly #options: ScopesOptions;
  readonly #tokens: CallTokens;
  readonly #scopes = new Map<string, Scope>();
  readonly #held = new Map<Scope, HoldReason & { readonly since: Instant }>();
  #woken = Promise.withResolvers<undefined>();

  constructor(tokens: CallTokens, options: ScopesOptions) {
    this.#tokens = tokens;
    this.#options = options;
  }

  /** `undefined` when there are too many. */
  of(namespace: string, path: string): Scope | undefined {
    const key = `${namespace} ${path}`;
    const found = this.#scopes.get(key);
    if (found !== undefined || this.#scopes.size >= maxScopes) return found;
    const { clock, random } = this.#options;
    const lane = new Lane(clock, random);
    const verdicts = this.#tokens.scope(namespace, path);
    const scope: Scope = { namespace, path, lane, verdicts, isProven: false };
    this.#scopes.set(key, scope);
    return scope;
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
}
