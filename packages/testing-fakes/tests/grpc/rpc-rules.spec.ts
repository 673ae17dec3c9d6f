import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/fake-clock.ts';
import { injectRpcFault, rpcFaultPlan, type RpcFaultTarget, rpcScope } from '../../src/grpc/rpc-rules.ts';
import type { SeenToken } from '../../src/grpc/seen-tokens.ts';

const unavailable = { status: 'UNAVAILABLE' } as const;
const hang = { connection: 'hang' } as const;

function createPlan() {
  const clock = new FakeClock();
  const plan = rpcFaultPlan(() => clock.wallNow());
  return {
    plan,
    inject: (fault: Parameters<typeof injectRpcFault>[1], target?: RpcFaultTarget) => {
      injectRpcFault(plan, fault, target);
    },
    next: (method = 'GetSystemInfo', tokenNumber?: number): unknown =>
      plan.next({ method, path: `/the.Service/${method}`, token: seen(tokenNumber) }, method),
  };
}

function seen(number: number | undefined): SeenToken | undefined {
  return number === undefined
    ? undefined
    : { number, fingerprint: '', id: undefined, expiresAtMs: undefined };
}

describe('an injected fault', () => {
  it('may be named', () => {
    const { inject, next } = createPlan();
    inject('permissionDenied');
    expect(next()).toEqual({ status: 'PERMISSION_DENIED', message: 'Request unauthorized.' });
  });

  it.each([
    ['DescribeNamespace', 'GetSystemInfo', false],
    ['Poll*', 'PollWorkflowTaskQueue', true],
    ['Poll*', 'ListPolls', false],
    ['DescribeWorker', 'DescribeWorkerDeployment', false],
    [['GetSystemInfo', 'Poll*'], 'PollActivityTaskQueue', true],
    [['GetSystemInfo', 'Poll*'], 'DescribeNamespace', false],
    ['/the.Service/*', 'DescribeNamespace', true],
    ['/the.Service/DescribeNamespace', 'DescribeNamespace', true],
    ['/another.Service/*', 'DescribeNamespace', false],
  ])('for %s meets %s: %s', (method, called, meets) => {
    const { inject, next } = createPlan();
    inject(unavailable, { method });
    expect(next(called)).toBe(meets ? unavailable : undefined);
  });

  it('for a token is met by all that come with it, and by nobody else', () => {
    const { inject, next } = createPlan();
    inject(unavailable, { token: 2 });
    const outcomes = [next('A', 1), next('A', 2), next('A', undefined), next('B', 2)];
    expect(outcomes).toEqual([undefined, unavailable, undefined, unavailable]);
  });
});

it('assertDone names each fault that was not met', () => {
  const { plan, inject, next } = createPlan();
  inject(hang, { method: 'DescribeNamespace' });
  inject(hang, { times: 3, method: ['QueryWorkflow', 'GetSystemInfo'] });
  inject({ httpStatus: 401 }, { token: 2 });
  inject({ delayMs: 5 }, { forMs: 5 });
  plan.script(['proper'], rpcScope(undefined));
  next('QueryWorkflow');
  expect(() => {
    plan.assertDone();
  }).toThrow(
    'not used: hang at DescribeNamespace\nnot used: hang at QueryWorkflow, GetSystemInfo, 2 times\nnot used: HTTP 401 for token 2\nnot used: a response after 5 ms\nnot used: the proper response',
  );
});
