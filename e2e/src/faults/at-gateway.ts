import type { ArrivingRpc, RpcFaultName, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import type { Fault, Mend } from './fault.ts';

/** Decides about a call: with what it is answered, or `undefined`: properly. */
type Rule = (rpc: ArrivingRpc) => RpcFaultName | undefined;

/** Before Temporal; everything that the workers call goes through it. */
export interface GatewayGround {
  readonly gateway: TemporalAuthGateway;
}

const rulesOf = new WeakMap<TemporalAuthGateway, Set<Rule>>();
const lastFaults = new WeakMap<TemporalAuthGateway, RpcFaultName>();

/** What a worker calls. Those who start workflows, and ask for their results, are let through. */
const workerCall = /^(?:Poll|RecordWorkerHeartbeat$|RespondWorkflowTask|RespondActivityTask)/;

/** What the load calls: it starts workflows, and asks for their results. */
const loadCall = /^(?:StartWorkflowExecution|GetWorkflowExecutionHistory|DescribeWorkflowExecution)$/;

/** Adds a rule to those of the gateway: the end of one fault does not end another one. */
export function addRule(gateway: TemporalAuthGateway, rule: Rule): Mend {
  const rules = rulesOf.get(gateway) ?? new Set<Rule>();
  rulesOf.set(gateway, rules.add(rule));
  gateway.failWith((rpc) => {
    lastFaults.delete(gateway);
    for (const one of rules) {
      const fault = one(rpc);
      if (fault === undefined) continue;
      lastFaults.set(gateway, fault);
      return fault;
    }
    return undefined;
  });
  return () => rules.delete(rule);
}

/** The fault that the call of the moment meets, for who is told of calls; `undefined`: its token decides. */
export function faultOfCall(gateway: TemporalAuthGateway): RpcFaultName | undefined {
  return lastFaults.get(gateway);
}

/** Ends all of them, mended or not. */
export function endFaults(gateway: TemporalAuthGateway): void {
  rulesOf.delete(gateway);
  lastFaults.delete(gateway);
  gateway.recover();
}

/** Calls meet a fault of the gateway. */
export function atGateway(
  breaks: string,
  fault: RpcFaultName,
  isMet: (method: string) => boolean = () => true,
): Fault<GatewayGround> {
  return {
    breaks,
    back: 'workflow',
    begin: ({ gateway }) => addRule(gateway, ({ method }) => (isMet(method) ? fault : undefined)),
  };
}

export const isWorkerCall = (method: string): boolean => workerCall.test(method);
export const isLoadCall = (method: string): boolean => loadCall.test(method);
export const isPoll = (method: string): boolean => method.startsWith('Poll');
