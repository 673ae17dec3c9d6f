import type { ArrivingRpc, RpcFault, RpcFaultName, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import type { Fault, Mend } from './fault.ts';

/** Decides about a call: with what it is answered, or `undefined`: properly. */
export type Rule = (rpc: ArrivingRpc) => RpcFault | RpcFaultName | undefined;

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
      if (typeof fault === 'string') lastFaults.set(gateway, fault);
      return fault;
    }
    return undefined;
  });
  return () => rules.delete(rule);
}

/** The name of the fault that the call of the moment meets, for who is told of calls; `undefined`: its token decides. */
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
  fault: RpcFault | RpcFaultName,
  isMet: (method: string, namespace?: string) => boolean = () => true,
): Fault<GatewayGround> {
  return {
    breaks,
    back: 'workflow',
    begin: ({ gateway }) =>
      addRule(gateway, ({ method, namespace }) => (isMet(method, namespace) ? fault : undefined)),
  };
}

/** The same for calls about one namespace. */
export function inNamespace(namespace: string, fault: RpcFault | RpcFaultName): Fault<GatewayGround> {
  return atGateway(`all in namespace ${namespace}: ${inWords(fault)}`, fault, (_, one) => one === namespace);
}

/** The same for calls of some methods, by their short names, in all namespaces or one. */
export function atMethods(
  methods: string | readonly string[],
  fault: RpcFault | RpcFaultName,
  namespace?: string,
): Fault<GatewayGround> {
  const names = [methods].flat();
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  return atGateway(
    `${names.join(', ')}${where}: ${inWords(fault)}`,
    fault,
    (method, one) => names.includes(method) && (namespace ?? one) === one,
  );
}

/** Every other call of a method, from the first one on. */
export function atEveryOther(method: string, fault: RpcFault): Fault<GatewayGround> {
  return {
    breaks: `every other ${method}: ${inWords(fault)}`,
    back: 'workflow',
    begin: ({ gateway }) => {
      let calls = 0;
      return addRule(gateway, (rpc) => (rpc.method === method && ++calls % 2 === 1 ? fault : undefined));
    },
  };
}

/** The first calls about some tasks: of each attempt of every so manieth item, whose number ends its workflow's id. */
export function atTasks(
  methods: string | readonly string[],
  fault: RpcFault | RpcFaultName,
  { everyNth, calls }: { readonly everyNth: number; readonly calls: number },
): Fault<GatewayGround> {
  const names = [methods].flat();
  return {
    breaks: `${names.join(', ')} of each task ${everyNth}: ${inWords(fault)}, ${calls} times`,
    back: 'workflow',
    begin: ({ gateway }) => {
      const counts = new Map<string, number>();
      return addRule(gateway, ({ method, task }) => {
        const item = Number(/\d+$/.exec(task?.workflowId ?? '')?.[0]);
        if (task === undefined || !names.includes(method) || item % everyNth !== 0) return undefined;
        const key = `${method} ${task.workflowId} ${task.attempt}`;
        const count = (counts.get(key) ?? 0) + 1;
        counts.set(key, count);
        return count > calls ? undefined : fault;
      });
    },
  };
}

function inWords(fault: RpcFault | RpcFaultName): string {
  if (typeof fault === 'string') return fault;
  return Object.entries(fault)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** What a plain worker beside ours sends with its calls, on the same frontends. */
export const plainMetadata = { 'x-worker': 'plain' };
export const isOfPlainWorker = (metadata: Readonly<Record<string, string>>): boolean =>
  metadata['x-worker'] === plainMetadata['x-worker'];

/** Resolves with the next poll that is not the plain worker's. */
export function nextPoll(gateway: TemporalAuthGateway): Promise<undefined> {
  return new Promise((resolve) => {
    const end = gateway.subscribe(({ method, metadata }) => {
      if (!isPoll(method) || isOfPlainWorker(metadata)) return;
      end();
      resolve(undefined);
    });
  });
}

export const isWorkerCall = (method: string): boolean => workerCall.test(method);
export const isLoadCall = (method: string): boolean => loadCall.test(method);
export const isPoll = (method: string): boolean => method.startsWith('Poll');
