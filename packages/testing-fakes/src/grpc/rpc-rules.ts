import { AssertionError } from 'node:assert';
import { atMethod, isForMethod, type MethodPattern, shortName } from './method-pattern.ts';
import { describeRpcFault, outcomeOf, type RpcFault } from './rpc-fault.ts';
import { resolveRpcFault, type RpcFaultName } from './rpc-faults.ts';
import type { SeenToken } from './seen-tokens.ts';

/** An RPC that a rule decides about. */
export interface ArrivingRpc {
  /** The method's short name, such as `PollWorkflowTaskQueue`. */
  readonly method: string;
  /** The whole name, `/package.Service/Method`. */
  readonly path: string;
  /** The bearer token, when there is one; of its claims nothing is known yet. */
  readonly token: SeenToken | undefined;
}

/** A fault, by itself or by name, or what decides about each RPC: `undefined` lets it go on to its proper answer. */
export type RpcFaultChoice =
  RpcFault | RpcFaultName | ((rpc: ArrivingRpc) => RpcFault | RpcFaultName | undefined);

/** One answer of a script: a fault, or the proper one. */
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

interface Rule {
  readonly method: MethodPattern | undefined;
  readonly token: number | undefined;
  /** `undefined` for the proper answer. */
  readonly fault: RpcFault | undefined;
  readonly endsAtMs: number;
  left: number;
  met: boolean;
}

interface StandingFault {
  readonly method: MethodPattern | undefined;
  readonly choose: (rpc: ArrivingRpc) => RpcFault | undefined;
}

const unplanned: RpcFault = {
  status: 'UNKNOWN',
  message: 'unplanned call: the script of this fake has no answer left',
};

/**
 * Which RPCs are answered badly, and how: by count, by time, by method and by token, in the order in which the rules were given; after
 * these, the standing faults.
 */
export class RpcRules {
  readonly #nowMs: () => number;
  #rules: Rule[] = [];
  #standing: StandingFault[] = [];
  #scripted: (MethodPattern | undefined)[] = [];
  readonly #unplanned: string[] = [];

  /** @param nowMs the time by which a rule for some time ends */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /**
   * The RPCs of the target meet `fault`.
   *
   * @throws RangeError when `times` or `token` is not a whole number above 0, or `forMs` not a number above 0
   * @throws TypeError when the fault wants two answers at once
   */
  inject(fault: RpcFault | RpcFaultName, { times, forMs, method, token }: RpcFaultTarget = {}): void {
    const isBounded = forMs !== undefined || token !== undefined;
    const left = times ?? (isBounded ? Infinity : 1);
    if (left !== Infinity) checkCount('times', left);
    if (token !== undefined) checkCount('token', token);
    if (forMs !== undefined && !(forMs > 0)) {
      throw new RangeError(`forMs must be a number above 0, not ${String(forMs)}`);
    }
    const endsAtMs = forMs === undefined ? Infinity : this.#nowMs() + forMs;
    this.#rules.push({ method, token, fault: checked(fault), endsAtMs, left, met: false });
  }

  /** The next RPCs get these answers, in order; one that comes after the last of them is unplanned, and fails. */
  script(steps: readonly RpcScriptStep[], method: MethodPattern | undefined): void {
    for (const step of steps) {
      const fault = step === 'proper' ? undefined : checked(step);
      this.#rules.push({ method, token: undefined, fault, endsAtMs: Infinity, left: 1, met: false });
    }
    this.#scripted.push(method);
  }

  /** Every RPC meets the fault until {@link RpcRules.recover}; a later one for the same methods replaces it. */
  failWith(fault: RpcFaultChoice, method: MethodPattern | undefined): void {
    const choose = typeof fault === 'function' ? chosenBy(fault) : always(checked(fault));
    const others = this.#standing.filter((other) => String(other.method) !== String(method));
    this.#standing = [...others, { method, choose }];
  }

  /** Ends all faults and scripts, used or not. */
  recover(): void {
    this.#rules = [];
    this.#standing = [];
    this.#scripted = [];
  }

  /** The fault that an RPC meets, or `undefined` for the proper answer. */
  next(rpc: ArrivingRpc): RpcFault | undefined {
    const nowMs = this.#nowMs();
    const rule = this.#rules.find((one) => one.left > 0 && nowMs < one.endsAtMs && isFor(one, rpc));
    if (rule !== undefined) {
      rule.left--;
      rule.met = true;
      return rule.fault;
    }
    for (const { method, choose } of this.#standing) {
      const fault = isForMethod(method, rpc.path) ? choose(rpc) : undefined;
      if (fault !== undefined) return fault;
    }
    if (!this.#scripted.some((method) => isForMethod(method, rpc.path))) return undefined;
    this.#unplanned.push(shortName(rpc.path));
    return unplanned;
  }

  /** @throws AssertionError when planned answers were not used, or when RPCs came for which the script had none */
  assertDone(): void {
    const notUsed = this.#rules.filter(({ left, met }) => (Number.isFinite(left) ? left > 0 : !met));
    const problems = [
      ...notUsed.map((rule) => `not used: ${describeRule(rule)}`),
      ...this.#unplanned.map((method) => `not planned: ${method}`),
    ];
    if (problems.length > 0) throw new AssertionError({ message: problems.join('\n') });
  }
}

function isFor({ method, token }: Rule, rpc: ArrivingRpc): boolean {
  return isForMethod(method, rpc.path) && (token === undefined || token === rpc.token?.number);
}

function chosenBy(
  choose: (rpc: ArrivingRpc) => RpcFault | RpcFaultName | undefined,
): StandingFault['choose'] {
  return (rpc) => {
    const fault = choose(rpc);
    return fault === undefined ? undefined : resolveRpcFault(fault);
  };
}

function always(fault: RpcFault): StandingFault['choose'] {
  return () => fault;
}

function checked(fault: RpcFault | RpcFaultName): RpcFault {
  const resolved = resolveRpcFault(fault);
  outcomeOf(resolved);
  return resolved;
}

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${name} must be a whole number above 0, not ${String(value)}`);
  }
}

function describeRule({ fault, left, method, token }: Rule): string {
  const what = fault === undefined ? 'the proper answer' : describeRpcFault(fault);
  const times = Number.isFinite(left) && left > 1 ? `, ${left} times` : '';
  return `${what}${atMethod(method)}${token === undefined ? '' : ` for token ${token}`}${times}`;
}
