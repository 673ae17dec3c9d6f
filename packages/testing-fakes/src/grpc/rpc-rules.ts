import { anything, type Checks, checkGiven, positiveMs } from '../given/check-given.ts';
import { faultCount } from '../server/response-plan.ts';
import { type ChoiceOf, FaultPlan, type FaultScope, type PlannedFault } from '../server/fault-plan.ts';
import { atMethod, checkMethod, isForMethod, type MethodPattern, shortName } from './method-pattern.ts';
import { describeRpcFault, type RpcFault } from './rpc-fault.ts';
import { readRpcFault, type RpcFaultName } from './rpc-faults.ts';
import type { NamedTask } from './first-message.ts';
import type { SeenToken } from './seen-tokens.ts';

/** An RPC that a rule decides about. */
export interface ArrivingRpc {
  /** The method's short name, such as `PollWorkflowTaskQueue`. */
  readonly method: string;
  /** The whole name, `/package.Service/Method`. */
  readonly path: string;
  /** The bearer token, when there is one; of its claims nothing is known yet. */
  readonly token: SeenToken | undefined;
  /** The namespace that the request names; `undefined` for a method that is about none. */
  readonly namespace?: string | undefined;
  /** The task that it reports on, as the token of a Temporal server names it; `undefined` for other methods. */
  readonly task?: NamedTask | undefined;
}

/** A fault, by itself or by name, or what decides about each RPC: `undefined` lets it go on to its proper response. */
export type RpcFaultChoice = ChoiceOf<RpcFault | RpcFaultName, ArrivingRpc>;

/** One response of a script: a fault, or the proper one. */
export type RpcScriptStep = RpcFault | RpcFaultName | 'proper';

/** Which RPCs meet a fault, and how often. */
export interface RpcFaultTarget {
  /** How many RPCs meet it. Default 1; any number when there is a `forMs` or a `token`. */
  readonly times?: number;
  /** For how many milliseconds from now, by the server's clock. Default as long as it takes. */
  readonly forMs?: number;
  /** Which methods. Default all. */
  readonly method?: MethodPattern;
  /** Which token, by its {@link SeenToken.number}: 1 for the first that came. Default any, and none. */
  readonly token?: number;
}

/** The RPCs of some methods, with some token. */
interface RpcScope extends FaultScope<ArrivingRpc> {
  readonly method: MethodPattern | undefined;
  readonly token: number | undefined;
}

const targetChecks: Checks<RpcFaultTarget> = {
  times: faultCount,
  forMs: positiveMs,
  method: anything,
  token: faultCount,
};

const unplanned: RpcFault = {
  status: 'UNKNOWN',
  message: 'unplanned call: the script of this fake has no response left',
};

/**
 * Which RPCs are answered badly, and how: by count, by time, by method and by token, in the order in which the rules were given; after
 * these, the standing faults.
 */
export class RpcRules {
  readonly #plan: FaultPlan<ArrivingRpc, RpcFault | RpcFaultName, RpcScope, RpcFault>;

  /** @param nowMs the time by which a rule for some time ends */
  constructor(nowMs: () => number) {
    this.#plan = new FaultPlan({ nowMs, read: readRpcFault, unplanned, describe });
  }

  /**
   * The RPCs of the target meet `fault`.
   *
   * @throws RangeError when `times` or `token` is not a whole number above 0, or `forMs` not a number above 0
   * @throws TypeError for a fault, an option or a method that there is not, and when the fault wants two responses at once
   */
  inject(fault: RpcFault | RpcFaultName, target: RpcFaultTarget = {}): void {
    checkGiven('injectFault', target, targetChecks);
    const { times, forMs, method, token } = target;
    const isBounded = forMs !== undefined || token !== undefined;
    const left = times ?? (isBounded ? Infinity : 1);
    this.#plan.inject(fault, scopeOf(method, token), { left, forMs });
  }

  /** The next RPCs get these responses, in order; one that comes after the last of them is unplanned, and fails. */
  script(steps: readonly RpcScriptStep[], method: MethodPattern | undefined): void {
    this.#plan.script(steps, scopeOf(method));
  }

  /** Every RPC meets the fault until {@link RpcRules.recover}; a later one for the same methods replaces it. */
  failWith(fault: RpcFaultChoice, method: MethodPattern | undefined): void {
    this.#plan.failWith(fault, scopeOf(method));
  }

  /** Ends all faults and scripts, used or not. */
  recover(): void {
    this.#plan.recover();
  }

  /** The fault that an RPC meets, or `undefined` for the proper response. */
  next(rpc: ArrivingRpc): RpcFault | undefined {
    return this.#plan.next(rpc, shortName(rpc.path));
  }

  /** @throws AssertionError when planned responses were not used, or when RPCs came for which the script had none */
  assertDone(): void {
    this.#plan.assertDone();
  }
}

/** @throws TypeError for a method that there is not */
function scopeOf(method: MethodPattern | undefined, token?: number): RpcScope {
  checkMethod(method);
  return {
    method,
    token,
    key: String(method),
    isFor: (rpc) => isForMethod(method, rpc.path) && (token === undefined || token === rpc.token?.number),
  };
}

function describe({ fault, left, scope: { method, token } }: PlannedFault<RpcScope, RpcFault>): string {
  const what = fault === undefined ? 'the proper response' : describeRpcFault(fault);
  const times = Number.isFinite(left) && left > 1 ? `, ${left} times` : '';
  return `${what}${atMethod(method)}${token === undefined ? '' : ` for token ${token}`}${times}`;
}
