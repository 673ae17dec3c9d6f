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

  it('wait for the endpoint that they are for', () => {
    const { plan, next } = createPlan();
    plan.inject(unavailable, at('jwks'), {});
    expect([next('token'), next('jwks'), next('jwks')]).toEqual([undefined, unavailable, undefined]);
  });

  it('are met for some time, however often', () => {
    const { plan, clock, next } = createPlan();
    plan.inject(unavailable, all, { forMs: 10 });
    expect([next(), next()]).toEqual([unavailable, unavailable]);
    clock.nowMs = 9;
    expect(next()).toBe(unavailable);
    clock.nowMs = 10;
    expect(next()).toBeUndefined();
    plan.assertDone();
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

  it('is chosen by a function of the request', () => {
    const { plan, next } = createPlan();
    plan.failWith((request) => (request.includes('jwks') ? hang : undefined), all);
    expect([next('token'), next('jwks')]).toEqual([undefined, hang]);
  });
});

describe('a script', () => {
  it('gives its responses in order, and fails what comes after the last', () => {
    const { plan, next } = createPlan();
    plan.script([unavailable, 'proper'], at('token'));
    expect([next('token'), next('token')]).toEqual([unavailable, undefined]);
    expect(next('token')).toMatchObject({ status: 500 });
    expect(() => {
      plan.assertDone();
    }).toThrow('not planned: GET /x');
  });

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

  it('names a fault for some time that nobody met', () => {
    const { plan } = createPlan();
    plan.inject(hang, all, { forMs: 10 });
    expect(() => {
      plan.assertDone();
    }).toThrow('not used: hang');
  });

  it('passes when all were used and nothing else came', () => {
    const { plan, next } = createPlan();
    plan.inject(hang, all, {});
    plan.script(['proper'], at('token'));
    next('token');
    next('token');
    plan.assertDone();
  });
});
