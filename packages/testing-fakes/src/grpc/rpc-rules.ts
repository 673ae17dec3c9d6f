import { anything, type Checks, checkGiven, positiveMs } from '../given/check-given.ts';
import { type ChoiceOf, faultCount, FaultPlan, type FaultScope, type StepOf } from '../server/fault-plan.ts';
import { checkMethod, isForMethod, type MethodPattern } from './method-pattern.ts';
import { describeRpcFault, readRpcFault, type RpcFault, type RpcFaultName } from './rpc-fault.ts';
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
export type RpcScriptStep = StepOf<RpcFault | RpcFaultName>;

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

/** The faults of a server of RPCs. */
export type RpcFaultPlan = FaultPlan<ArrivingRpc, RpcFault | RpcFaultName, RpcFault>;

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
 * Which RPCs are answered badly, and how.
 *
 * @param nowMs the time by which a rule for some time ends
 */
export function rpcFaultPlan(nowMs: () => number): RpcFaultPlan {
  return new FaultPlan({ nowMs, read: readRpcFault, unplanned, describe: describeRpcFault });
}

/**
 * The RPCs of the target meet `fault`.
 *
 * @throws RangeError when `times` or `token` is not a whole number above 0, or `forMs` not a number above 0
 * @throws TypeError for a fault, an option or a method that there is not, and when the fault wants two responses at once
 */
export function injectRpcFault(
  plan: RpcFaultPlan,
  fault: RpcFault | RpcFaultName,
  target: RpcFaultTarget = {},
): void {
  checkGiven('injectFault', target, targetChecks);
  const { forMs, method, token, times = token === undefined ? undefined : Infinity } = target;
  plan.inject(fault, rpcScope(method, token), { times, forMs });
}

/** @throws TypeError for a method that there is not */
export function rpcScope(method: MethodPattern | undefined, token?: number): FaultScope<ArrivingRpc> {
  checkMethod(method);
  const atMethod = method === undefined ? '' : ` at ${[method].flat().join(', ')}`;
  return {
    place: `${atMethod}${token === undefined ? '' : ` for token ${token}`}`,
    isFor: (rpc) => isForMethod(method, rpc.path) && (token === undefined || token === rpc.token?.number),
  };
}
