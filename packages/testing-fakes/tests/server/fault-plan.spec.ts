import { describe, expect, it } from 'vitest';
import { FaultPlan, type FaultScope } from '../../src/server/fault-plan.ts';
import { describeHttpFault, type HttpFault, unplannedFault } from '../../src/server/http-fault.ts';

type Endpoint = 'token' | 'jwks';
const unavailable = { status: 503 };
const hang = { connection: 'hang' } as const;

const all: FaultScope<string> = { place: '', isFor: () => true };

function at(endpoint: Endpoint): FaultScope<string> {
  return { place: ` at ${endpoint}`, isFor: (request) => request === endpoint };
}

interface Stage {
  readonly plan: FaultPlan<string, HttpFault, HttpFault>;
  readonly clock: { nowMs: number };
  readonly next: (endpoint?: Endpoint) => unknown;
}

function createPlan(): Stage {
  const clock = { nowMs: 0 };
  const plan = new FaultPlan<string, HttpFault, HttpFault>({
    nowMs: () => clock.nowMs,
    read: (fault) => fault,
    unplanned: unplannedFault,
    describe: describeHttpFault,
  });
  return { plan, clock, next: (endpoint = 'token') => plan.next(endpoint, 'GET /x') };
}

describe('injected faults', () => {
  it('are met in order, each as often as it says, and then no more', () => {
    const { plan, next } = createPlan();
    plan.inject(unavailable, all, { times: 2 });
    plan.inject(hang, all, {});
    expect([next(), next(), next(), next()]).toEqual([unavailable, unavailable, hang, undefined]);
  });

  it('are met for some time, no more often than they say', () => {
    const { plan, clock, next } = createPlan();
    plan.inject(unavailable, all, { forMs: 10, times: 2 });
    expect(next()).toBe(unavailable);
    clock.nowMs = 10;
    expect(next()).toBeUndefined();
    expect(() => {
      plan.assertDone();
    }).toThrow('not used: a response with status 503');
  });
});

describe('a standing fault', () => {
  it('is met by every request until the recovery', () => {
    const { plan, next } = createPlan();
    plan.failWith(unavailable, at('token'));
    expect([next('token'), next('token'), next('jwks')]).toEqual([unavailable, unavailable, undefined]);
    plan.recover();
    expect(next('token')).toBeUndefined();
  });

  it('comes after the injected ones', () => {
    const { plan, next } = createPlan();
    plan.failWith(unavailable, all);
    plan.inject(hang, all, {});
    expect([next('token'), next('token')]).toEqual([hang, unavailable]);
  });

  it('is replaced by a later one of the same endpoint', () => {
    const { plan, next } = createPlan();
    plan.failWith(unavailable, at('token'));
    plan.failWith(hang, at('token'));
    expect(next('token')).toBe(hang);
  });

  it('stays beside those of other endpoints, and where a function has none', () => {
    const { plan, next } = createPlan();
    plan.failWith(() => undefined, all);
    plan.failWith(unavailable, at('token'));
    plan.failWith(hang, at('jwks'));
    expect([next('token'), next('jwks')]).toEqual([unavailable, hang]);
  });
});

describe('a script', () => {
  it('says nothing about other endpoints', () => {
    const { plan, next } = createPlan();
    plan.script(['proper'], at('token'));
    expect([next('jwks'), next('jwks')]).toEqual([undefined, undefined]);
  });

  it('of no endpoint is for all', () => {
    const { plan, next } = createPlan();
    plan.script(['proper'], all);
    expect(next('token')).toBeUndefined();
    expect(next('jwks')).toMatchObject({ status: 500 });
  });

  it('ends with the recovery', () => {
    const { plan, next } = createPlan();
    plan.script([hang], at('token'));
    plan.recover();
    expect(next('token')).toBeUndefined();
    plan.assertDone();
  });
});

describe('assertDone', () => {
  it('names each response that was not used, and where it was for', () => {
    const { plan } = createPlan();
    plan.inject(hang, all, {});
    plan.script([unavailable, 'proper'], at('token'));
    expect(() => {
      plan.assertDone();
    }).toThrow(
      'not used: hang\nnot used: a response with status 503 at token\nnot used: the proper response at token',
    );
  });

  it('names a fault without a status by that of a success', () => {
    const { plan } = createPlan();
    plan.inject({ body: 'x' }, all, {});
    expect(() => {
      plan.assertDone();
    }).toThrow(/^not used: a response with status 200$/);
  });
});
