import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/fake-clock.ts';
import type { RpcFaultName } from '../../src/grpc/rpc-faults.ts';
import { RpcRules } from '../../src/grpc/rpc-rules.ts';
import type { SeenToken } from '../../src/grpc/seen-tokens.ts';

const unavailable = { status: 'UNAVAILABLE' } as const;
const hang = { connection: 'hang' } as const;

function createRules(clock = new FakeClock()) {
  const rules = new RpcRules(() => clock.wallNow());
  const next = (method = 'GetSystemInfo', tokenNumber?: number): unknown =>
    rules.next({
      method,
      path: `/the.Service/${method}`,
      token: tokenNumber === undefined ? undefined : seen(tokenNumber),
    });
  return { rules, next };
}

function seen(number: number): SeenToken {
  return { number, fingerprint: '', id: undefined, expiresAtMs: undefined };
}

describe('an injected fault', () => {
  it('is met once, then the next one, then none', () => {
    const { rules, next } = createRules();
    rules.inject(unavailable);
    rules.inject(hang);
    expect([next(), next(), next()]).toEqual([unavailable, hang, undefined]);
  });

  it('is met as often as it says', () => {
    const { rules, next } = createRules();
    rules.inject(unavailable, { times: 2 });
    expect([next(), next(), next()]).toEqual([unavailable, unavailable, undefined]);
  });

  it('may be named', () => {
    const { rules, next } = createRules();
    rules.inject('permissionDenied');
    expect(next()).toEqual({ status: 'PERMISSION_DENIED', message: 'Request unauthorized.' });
  });

  it('waits for a method that it is for', () => {
    const { rules, next } = createRules();
    rules.inject(unavailable, { method: 'DescribeNamespace' });
    expect([next('GetSystemInfo'), next('DescribeNamespace')]).toEqual([undefined, unavailable]);
  });

  it.each([
    ['Poll*', 'PollWorkflowTaskQueue', true],
    ['Poll*', 'ListPolls', false],
    ['DescribeWorker', 'DescribeWorkerDeployment', false],
    [['GetSystemInfo', 'Poll*'], 'PollActivityTaskQueue', true],
    [['GetSystemInfo', 'Poll*'], 'DescribeNamespace', false],
    ['/the.Service/*', 'DescribeNamespace', true],
    ['/the.Service/DescribeNamespace', 'DescribeNamespace', true],
    ['/another.Service/*', 'DescribeNamespace', false],
  ])('for %s meets %s: %s', (method, called, meets) => {
    const { rules, next } = createRules();
    rules.inject(unavailable, { method });
    expect(next(called)).toBe(meets ? unavailable : undefined);
  });

  it('for some time is met by all until then', async () => {
    const clock = new FakeClock();
    const { rules, next } = createRules(clock);
    rules.inject(unavailable, { forMs: 1_000 });
    expect([next(), next()]).toEqual([unavailable, unavailable]);
    await clock.advance(999);
    expect(next()).toBe(unavailable);
    await clock.advance(1);
    expect(next()).toBeUndefined();
  });

  it('for some time and a number ends with whichever comes first', () => {
    const { rules, next } = createRules();
    rules.inject(unavailable, { forMs: 1_000, times: 1 });
    expect([next(), next()]).toEqual([unavailable, undefined]);
  });

  it('for a token is met by all that come with it, and by nobody else', () => {
    const { rules, next } = createRules();
    rules.inject(unavailable, { token: 2 });
    const outcomes = [next('A', 1), next('A', 2), next('A', undefined), next('B', 2)];
    expect(outcomes).toEqual([undefined, unavailable, undefined, unavailable]);
  });

  it.each([{ times: 0 }, { times: 1.5 }, { token: 0 }, { forMs: 0 }, { forMs: Number.NaN }])(
    'has no target %o',
    (target) => {
      expect(() => {
        createRules().rules.inject(hang, target);
      }).toThrow(RangeError);
    },
  );

  it.each([
    [{ status: 'UNAVAILABLE', httpStatus: 503 }, 'httpStatus'],
    [{ status: 'UNAVAILABLE', connection: 'drop' }, 'drop'],
    [{ httpStatus: 503, connection: 'hang' }, 'hang'],
  ] as const)('cannot be two at once: %o', (fault, named) => {
    const { rules } = createRules();
    expect(() => {
      rules.inject(fault);
    }).toThrow(named);
    expect(() => {
      rules.failWith(fault, undefined);
    }).toThrow(TypeError);
  });
});

it.each([{}, { status: undefined, delayMs: undefined }])('a fault must say something: %j', (fault) => {
  expect(() => {
    createRules().rules.inject(fault as object);
  }).toThrow(
    new TypeError(
      'A fault must have one of status, message, httpStatus, headers, body, delayMs, responseDelayMs, connection',
    ),
  );
});

it('a fault may have options that are undefined', () => {
  const { rules, next } = createRules();
  rules.inject({ status: 'UNAVAILABLE', message: undefined } as unknown as RpcFaultName);
  expect(next()).toEqual(unavailable);
});

describe('a standing fault', () => {
  it('is met by all of its methods until the recovery, after the injected ones', () => {
    const { rules, next } = createRules();
    rules.failWith('unavailable', 'Poll*');
    rules.inject(hang);
    const outcomes = [next('PollX'), next('PollX'), next('PollX'), next('GetSystemInfo')];
    expect(outcomes).toMatchObject([hang, unavailable, unavailable, undefined]);
    rules.recover();
    expect(next('PollX')).toBeUndefined();
  });

  it('is replaced by a later one for the same methods', () => {
    const { rules, next } = createRules();
    rules.failWith(unavailable, 'Poll*');
    rules.failWith(hang, 'Poll*');
    expect(next('PollX')).toBe(hang);
  });

  it('is chosen by a function of the call', () => {
    const { rules, next } = createRules();
    rules.failWith(
      ({ method, token }) => (token?.number === 3 && method === 'A' ? 'html401' : undefined),
      undefined,
    );
    expect([next('A', 1), next('B', 3)]).toEqual([undefined, undefined]);
    expect(next('A', 3)).toMatchObject({ httpStatus: 401 });
  });
});

describe('a script', () => {
  it('gives its responses in order, and fails what comes after the last', () => {
    const { rules, next } = createRules();
    rules.script([unavailable, 'proper', 'http401'], 'Poll*');
    expect([next('PollX'), next('Other'), next('PollX')]).toEqual([unavailable, undefined, undefined]);
    expect(next('PollX')).toMatchObject({ httpStatus: 401 });
    expect(next('PollX')).toMatchObject({ status: 'UNKNOWN' });
    expect(() => {
      rules.assertDone();
    }).toThrow('not planned: PollX');
  });
});

describe('assertDone', () => {
  it('names each fault that was not met', () => {
    const { rules, next } = createRules();
    rules.inject(hang, { method: 'DescribeNamespace' });
    rules.inject(hang, { times: 3, method: ['QueryWorkflow', 'GetSystemInfo'] });
    rules.inject({ httpStatus: 401 }, { token: 2 });
    rules.inject({ delayMs: 5 }, { forMs: 5 });
    rules.script(['proper'], undefined);
    next('QueryWorkflow');
    expect(() => {
      rules.assertDone();
    }).toThrow(
      'not used: hang at DescribeNamespace\nnot used: hang at QueryWorkflow, GetSystemInfo, 2 times\nnot used: HTTP 401 for token 2\nnot used: a response after 5 ms\nnot used: the proper response',
    );
  });

  it('is content when a fault without a number was met at least once, and when there is none', () => {
    const { rules, next } = createRules();
    rules.inject(hang, { token: 1 });
    next('A', 1);
    rules.assertDone();
    rules.inject(hang);
    rules.recover();
    rules.assertDone();
  });
});
