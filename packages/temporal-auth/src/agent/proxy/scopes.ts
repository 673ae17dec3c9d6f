/**
 * What is known of each scope, a namespace and a method: which token it accepts, and whether its calls are held. Calls that are held go by a lane:
 * one of them tries, and once it is accepted the others follow in waves. What opens one lane has the others try at once.
 */
import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/internal';
import type { Logger } from '@temporalio/common';
import { type CallTokens, freeMethods } from '../../connection/call-tokens.ts';
import { Lane, type LaneCall } from '../../delivery/lane.ts';
import type { ScopeVerdicts } from '../../tokens/verdicts.ts';
import { methodOf, partOf, type Trouble } from './methods.ts';

export interface Scope {
  readonly key: string;
  readonly lane: Lane;
  readonly verdicts: ScopeVerdicts;
  /** Whether a call was ever accepted. */
  isProven: boolean;
}

/** Why calls of a scope are held. */
interface Held {
  readonly since: Instant;
  readonly namespace: string;
  readonly path: string;
  reason: string;
}

/** A call of each kind asks so often at least whether a rejection is over, in ms. */
const maxWaitMs = 2_000;

/** Workers have a few methods in a few namespaces. */
const maxScopes = 10_000;

export class Scopes {
  /** Whether a call that needs a token was ever accepted. */
  isProven = false;
  /** Called when something has changed for the better. */
  onWake: () => void = () => undefined;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #logger: Logger;
  readonly #tokens: CallTokens;
  readonly #scopes = new Map<string, Scope>();
  readonly #held = new Map<Scope, Held>();

  constructor(
    tokens: CallTokens,
    { clock, random, logger }: { clock: Clock; random: () => number; logger: Logger },
  ) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#random = random;
    this.#logger = logger;
  }

  /** `undefined` when there are too many. */
  of(namespace: string, path: string): Scope | undefined {
    const key = `${namespace} ${path}`;
    const found = this.#scopes.get(key);
    if (found !== undefined || this.#scopes.size >= maxScopes) return found;
    const verdicts = this.#tokens.scope(namespace, path);
    const scope: Scope = {
      key,
      lane: new Lane(this.#clock, this.#random, maxWaitMs),
      verdicts,
      isProven: false,
    };
    this.#scopes.set(key, scope);
    return scope;
  }

  /** Temporal accepted a call of the scope. */
  prove(scope: Scope): void {
    scope.isProven = true;
    this.isProven ||= !freeMethods.test(scope.key);
  }

  /** A call that was sent then was answered by Temporal itself. */
  accepted(scope: Scope, call: LaneCall, sentMs: number): void {
    const wasOpen = scope.lane.isOpen;
    scope.lane.accepted(call, sentMs);
    const held = this.#held.get(scope);
    if (held === undefined || held.since.monotonicMs > sentMs) return;
    this.#held.delete(scope);
    if (!wasOpen) this.wake();
    if (this.#held.size > 0) return;
    const seconds = (elapsedMs(this.#clock, held.since) / 1_000).toFixed(1);
    this.#logger.info(`Temporal accepts the calls of workers again, after ${seconds} s`);
  }

  /** A call failed, and is held. Returns how long it waits before it enters the lane again, in ms. */
  failed(scope: Scope, call: LaneCall, sentMs: number, reason: string): number {
    const known = this.#held.get(scope);
    if (known === undefined) {
      const [namespace = '', path = ''] = scope.key.split(' ');
      if (this.#held.size === 0)
        this.#logger.warn(`Temporal does not accept the calls of workers, which are held: ${reason}`, {
          ...{ namespace, method: methodOf(path) },
        });
      this.#held.set(scope, { since: readInstant(this.#clock), namespace, path, reason });
    } else known.reason = reason;
    return scope.lane.failed(call, sentMs, 0);
  }

  /** Something has changed for the better: of each kind of call one tries now. */
  wake(): void {
    for (const { lane } of this.#scopes.values()) lane.wake();
    this.onWake();
  }

  /** Why calls are held. */
  get troubles(): readonly Trouble[] {
    return [...this.#held.values()].map(({ since, namespace, path, reason }) => {
      const seconds = Math.round(elapsedMs(this.#clock, since) / 1_000);
      const text = `${methodOf(path)} in namespace "${namespace}" is not accepted for ${seconds} s: ${reason}`;
      return { part: partOf(path), text };
    });
  }
}
