import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { checkConfiguration } from '../../src/doctor/check-configuration.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { ProblemFound } from '../../src/doctor/problem.ts';
import { checkCalls, notLoaded } from '../../src/doctor/check-calls.ts';
import type { ApplicationTokens } from '@worker-auth/calls/tokens/application-tokens';
import { examined, type Finding } from '../support/examined.ts';
import { fakeClientConnection, grpcError } from '../support/fake-client-connection.ts';
import { FakeTokens } from '../support/fake-connection.ts';

type Verdict = 'granted' | 'rejected' | 'unknown';

type Answer = ((method?: string) => Promise<object>) | undefined;

interface Answers {
  readonly greeting?: Answer;
  readonly description?: Answer;
  readonly poll?: Answer;
  /** Of the token; default none: it is opaque. `null`: there is no token. */
  readonly claims?: Readonly<Record<string, unknown>> | null;
  readonly options?: DiagnoseOptions;
}

const reject =
  (code: number, text = 'no') =>
  (): Promise<never> =>
    Promise.reject(grpcError(code, text));
const { INVALID_ARGUMENT, PERMISSION_DENIED, UNAUTHENTICATED, UNAVAILABLE, UNIMPLEMENTED, UNKNOWN } = status;

const secretToken = 'opaque-and-secret';

const switchedOn: DiagnoseOptions = {
  ...{ applicationName: 'a', authEnabled: true, host: 'localhost' },
};

/** What is found of a Temporal that answers so. */
async function asked({ greeting, description, poll, claims, options = {} }: Answers) {
  const { calls, answers, connection } = fakeClientConnection();
  const service = connection.workflowService as unknown as Record<string, unknown>;
  Object.defineProperty(answers, 'getSystemInfo', { get: () => greeting?.() ?? Promise.resolve({}) });
  Object.defineProperty(answers, 'describeNamespace', { get: () => description?.() ?? Promise.resolve({}) });
  for (const method of ['pollWorkflowTaskQueue', 'pollActivityTaskQueue'])
    service[method] = (request: object) => {
      calls.push(`${method} ${JSON.stringify(request)}`);
      return poll?.(method) ?? Promise.resolve({});
    };
  const jwt = claims ? { header: {}, claims } : undefined;
  const tokens = Object.assign(new FakeTokens(), { current: secretToken, activeTokens: [secretToken] });
  const fake = claims === null ? undefined : (tokens as unknown as ApplicationTokens);
  let verdict: Verdict | undefined;
  const check = await examined(
    async (scene) => {
      await checkConfiguration(scene);
      const { temporal, authEnabled } = scene;
      if (temporal === undefined) throw new Error('no settings');
      if (authEnabled) Object.assign(scene, { tokens: fake, jwt });
      const isGranted = await checkCalls(scene, { ...temporal, tokens: scene.tokens ?? temporal.tokens });
      const isRejected = scene.causeAmong(['temporal-write']) === 'token-permission';
      verdict = isGranted ? 'granted' : isRejected ? 'rejected' : 'unknown';
    },
    { ...switchedOn, ...options } as DiagnoseOptions,
  );
  return { check, verdict, calls };
}

const callNames = ['temporal-namespace', 'temporal-write'] as const;
const good = (description: string): Finding => ({ description, result: 'success' });

describe('a Temporal that lets the token work', () => {
  it('may be of before 2022', async () => {
    const { check, verdict } = await asked({ greeting: reject(UNIMPLEMENTED) });
    expect(check('temporal-namespace').result).toBe('success');
    expect(verdict).toBe('granted');
  });

  it('is asked by polls of no task queue, which get no task', async () => {
    const { check, verdict, calls } = await asked({ poll: reject(INVALID_ARGUMENT) });
    expect(check('temporal-write')).toEqual(good('polls are allowed in the namespace "default"'));
    expect(verdict).toBe('granted');
    const polls = ['pollWorkflowTaskQueue', 'pollActivityTaskQueue'];
    expect(calls).toEqual(expect.arrayContaining(polls.map((poll) => `${poll} {"namespace":"default"}`)));
  });
});

describe('a Temporal that rejects', () => {
  const permissions = { sub: 'a', permissions: ['other:write'] };

  it.each<[string, Answers, (typeof callNames)[number], string, string | undefined, Verdict]>([
    [
      'the permission, of an opaque token',
      { description: reject(PERMISSION_DENIED) },
      ...(['temporal-namespace', 'TEMPORAL_AUTH_PERMISSION_MISSING', undefined, 'unknown'] as const),
    ],
    [
      'the permission, which the claims have',
      { description: reject(PERMISSION_DENIED), claims: { sub: 'a', permissions: ['default:write'] } },
      ...(['temporal-namespace', 'TEMPORAL_AUTH_PERMISSION_MISSING', undefined, 'unknown'] as const),
    ],
    [
      'to be polled',
      { poll: reject(PERMISSION_DENIED), claims: permissions },
      ...(['temporal-write', 'TEMPORAL_AUTH_PERMISSION_MISSING', 'token-permission', 'rejected'] as const),
    ],
    [
      'polls of one kind alone',
      {
        poll: (method) =>
          method === 'pollActivityTaskQueue' ? reject(PERMISSION_DENIED)() : Promise.resolve({}),
      },
      ...(['temporal-write', 'TEMPORAL_AUTH_PERMISSION_MISSING', undefined, 'unknown'] as const),
    ],
    [
      'the token, which lacks a permission alone',
      { greeting: reject(UNAUTHENTICATED), claims: permissions },
      ...(['temporal-namespace', 'TEMPORAL_AUTH_CALL_REJECTED', undefined, 'unknown'] as const),
    ],
  ])('%s', async (_what, answers, name, code, consequenceOf, verdict) => {
    const found = await asked(answers);
    expect(found.check(name)).toMatchObject({ result: 'error', code });
    expect(found.check(name).consequenceOf).toBe(consequenceOf);
    expect(found.verdict).toBe(verdict);
    expect(found.calls.at(-1)).toBe('closed');
    const before = callNames.slice(0, callNames.indexOf(name));
    expect(before.map((one) => found.check(one).result)).toEqual(before.map(() => 'success'));
  });

  it('in a text that repeats the token, which nobody sees', async () => {
    const { check } = await asked({ description: reject(UNAVAILABLE, `no route for ${secretToken}`) });
    expect(check('temporal-namespace').error).toContain('Cannot reach Temporal');
    expect(check('temporal-namespace').error).not.toContain(secretToken);
  });

  it.each([
    [reject(UNIMPLEMENTED), true],
    [reject(UNKNOWN, 'Received compressed message'), true],
    [reject(UNKNOWN, 'missing dapr-app-id'), true],
    [reject(UNKNOWN, 'Received HTTP status code 502'), false],
  ])('every call, as what is no Temporal: %#', async (description, isOther) => {
    const { check } = await asked({ description });
    const name = isOther ? 'temporal-namespace' : 'temporal-namespace';
    expect(check(name).result).toBe('error');
    expect(check(name).code === 'DOCTOR_NO_TEMPORAL').toBe(isOther);
    if (isOther)
      expect(check(name).error).toBe(
        'What answers at localhost:7233 speaks HTTP/2 and is no Temporal: it knows none of its calls. Check TEMPORAL_ADDRESS.',
      );
  });
});

it('a Temporal that never answers a poll is waited for as long as one step', async () => {
  const { check } = await asked({
    poll: () => new Promise(() => undefined),
    options: { timeoutMs: 50 },
  });
  expect(check('temporal-write').error).toBe(
    'No answer of Temporal at localhost:7233 within 50 ms. Check routes, firewalls and network policies.',
  );
});

describe('the native connection', () => {
  const missing = (code: string, message: string): Error => Object.assign(new Error(message), { code });

  it('is not there where its package is not', () => {
    const error = missing('ERR_MODULE_NOT_FOUND', "Cannot find package '@temporalio/worker' imported from a");
    expect(() => {
      notLoaded(error);
    }).not.toThrow();
  });

  it.each([
    missing('ERR_MODULE_NOT_FOUND', "Cannot find package '@temporalio/core-bridge'\nimported"),
    missing('ERR_DLOPEN_FAILED', "Cannot open '@temporalio/worker'\nat"),
  ])('is none where its module cannot be loaded: %s', (error) => {
    const [line] = error.message.split('\n');
    expect(() => {
      notLoaded(error);
    }).toThrow(
      new ProblemFound(
        'DOCTOR_PLATFORM_UNSUPPORTED',
        `Temporal's native module cannot be loaded: ${line}`,
        'Use an image with glibc, such as node:24-slim, and install for this platform.',
      ),
    );
  });
});
