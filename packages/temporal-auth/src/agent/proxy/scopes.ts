/**
 * What is known of each scope, a namespace and a method: which token it accepts, and whether its calls are held. Calls that are held go by a lane:
 * one of them tries, and once it is accepted the others follow in waves. What opens one lane has the others try at once.
 */
import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/internal';
import type { Logger } from '@temporalio/common';
import type { CallTokens } from '../../connection/call-tokens.ts';
import { Lane, type LaneCall } from '../../delivery/lane.ts';
import type { ScopeVerdicts } from '../../tokens/verdicts.ts';
import { methodOf } from './methods.ts';

export interface Scope {
  readonly key: string;
  readonly lane: Lane;
  readonly verdicts: ScopeVerdicts;
  /** Whether a call was ever accepted. */
  isProven: boolean;
}

/** Why calls of a scope are held. */
interface Trouble {
  readonly since: Instant;
  readonly namespace: string;
  readonly method: string;
  reason: string;
}

/** A call of each kind asks so often at least whether a rejection is over, in ms. */
const maxWaitMs = 2_000;

/** Workers have a few methods in a few namespaces. */
const maxScopes = 10_000;

export class Scopes {
  /** Called when something has changed for the better. */
  onWake: () => void = () => undefined;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #logger: Logger;
  readonly #tokens: CallTokens;
  readonly #scopes = new Map<string, Scope>();
  readonly #troubles = new Map<Scope, Trouble>();

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

  /** A call that was sent then was answered by Temporal itself. */
  accepted(scope: Scope, call: LaneCall, sentMs: number): void {
    const wasOpen = scope.lane.isOpen;
    scope.lane.accepted(call, sentMs);
    const trouble = this.#troubles.get(scope);
    if (trouble === undefined || trouble.since.monotonicMs > sentMs) return;
    this.#troubles.delete(scope);
    if (!wasOpen) this.wake();
    if (this.#troubles.size > 0) return;
    const seconds = (elapsedMs(this.#clock, trouble.since) / 1_000).toFixed(1);
    this.#logger.info(`Temporal accepts the calls of workers again, after ${seconds} s`);
  }

  /** A call failed, and is held. Returns how long it waits before it enters the lane again, in ms. */
  failed(scope: Scope, call: LaneCall, sentMs: number, reason: string): number {
    const known = this.#troubles.get(scope);
    if (known === undefined) {
      const [namespace = '', path = ''] = scope.key.split(' ');
      const trouble = { since: readInstant(this.#clock), namespace, method: methodOf(path), reason };
      if (this.#troubles.size === 0)
        this.#logger.warn(`Temporal does not accept the calls of workers, which are held: ${reason}`, {
          ...{ namespace, method: trouble.method },
        });
      this.#troubles.set(scope, trouble);
    } else known.reason = reason;
    return scope.lane.failed(call, sentMs, 0);
  }

  /** Something has changed for the better: of each kind of call one tries now. */
  wake(): void {
    for (const { lane } of this.#scopes.values()) lane.wake();
    this.onWake();
  }

  /** Why calls are held, in sentences. */
  get troubles(): readonly string[] {
    return [...this.#troubles.values()].map(({ since, namespace, method, reason }) => {
      const seconds = Math.round(elapsedMs(this.#clock, since) / 1_000);
      return `${method} in namespace "${namespace}" is not accepted for ${seconds} s: ${reason}`;
    });
  }
}
