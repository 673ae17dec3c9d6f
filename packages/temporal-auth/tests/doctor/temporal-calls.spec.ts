import { status } from '@grpc/grpc-js';
import { describe, expect, it, vi } from 'vitest';
import { checkConfiguration } from '../../src/doctor/check-configuration.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { ProblemFound } from '../../src/doctor/problem.ts';
import { checkCalls, notLoaded } from '../../src/doctor/check-temporal.ts';
import type { ApplicationTokens } from '../../src/tokens/application-tokens.ts';
import { examined, type Finding } from '../support/examined.ts';
import { fakeClientConnection, grpcError } from '../support/fake-client-connection.ts';
import { FakeTokens } from '../support/fake-connection.ts';

type Verdict = 'granted' | 'rejected' | 'unknown';

type Answer = (() => Promise<object>) | undefined;

interface Answers {
  readonly greeting?: Answer;
  readonly description?: Answer;
  readonly heartbeat?: Answer;
  /** Of the token; default none: it is opaque. `null`: there is no token. */
  readonly claims?: Readonly<Record<string, unknown>> | null;
  readonly options?: DiagnoseOptions;
}

const reject =
  (code: number, text = 'no') =>
  (): Promise<never> =>
    Promise.reject(grpcError(code, text));
const { PERMISSION_DENIED, UNAUTHENTICATED, UNAVAILABLE, UNIMPLEMENTED, UNKNOWN } = status;

const secretToken = 'opaque-and-secret';

const switchedOn: DiagnoseOptions = {
  ...{ applicationName: 'a', authEnabled: true, host: 'localhost' },
};

/** What is found of a Temporal that answers so. */
async function asked({ greeting, description, heartbeat, claims, options = {} }: Answers) {
  const { calls, answers, connection, lazy } = fakeClientConnection();
  const service = connection.workflowService as unknown as Record<string, unknown>;
  Object.defineProperty(answers, 'getSystemInfo', { get: () => greeting?.() ?? Promise.resolve({}) });
  Object.defineProperty(answers, 'describeNamespace', { get: () => description?.() ?? Promise.resolve({}) });
  service['recordWorkerHeartbeat'] = (request: object) => {
    calls.push(`heartbeat ${JSON.stringify(request)}`);
    return heartbeat?.() ?? Promise.resolve({});
  };
  for (const standIn of ['respondActivityTaskCompleted', 'respondWorkflowTaskCompleted'])
    service[standIn] = () => heartbeat?.() ?? Promise.resolve({});
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
  return { check, verdict, calls, lazy };
}

const callNames = ['temporal-system-info', 'temporal-namespace', 'temporal-write'] as const;
const good = (description: string): Finding => ({ description, result: 'success' });

describe('a Temporal that lets the token work', () => {
  it('is asked what a worker asks first', async () => {
    const others = [1, 2, 3, 4];
    const { check, verdict, calls, lazy } = await asked({ options: { timeoutMs: 7_000 } });
    expect(callNames.map(check)).toEqual([
      good('Temporal answers GetSystemInfo'),
      good('Temporal answers in the namespace "default"'),
      good('the token may poll in the namespace "default"'),
    ]);
    expect(check('temporal-native')).toEqual({
      ...{
        description: 'the native connection of workers reaches Temporal: it is not asked for (option native)',
      },
      result: 'skipped',
    });
    expect(verdict).toBe('granted');
    expect(calls).toEqual([
      ...['getSystemInfo', 'default', 'heartbeat {"namespace":"default","workerHeartbeat":[]}'],
      'getSystemInfo',
      // Four more connections.
      ...others.flatMap(() => ['getSystemInfo']),
      ...others.flatMap(() => ['default']),
      ...others.flatMap(() => ['getSystemInfo']),
      ...others.flatMap(() => ['closed']),
      'closed',
    ]);
    const [given] = lazy.mock.calls[0] ?? [];
    expect(given).toMatchObject({ connectTimeout: 7_000, address: 'localhost:7233' });
    // The one that sets the token: nothing is repeated.
    expect(given?.interceptors).toHaveLength(1);
  });

  it('has interceptors of the client', async () => {
    const interceptors = [() => undefined as never, () => undefined as never];
    const { lazy } = await asked({ options: { connection: { interceptors } } });
    expect(lazy.mock.calls[0]?.[0]?.interceptors).toEqual(expect.arrayContaining(interceptors));
  });

  it('may be of before 2022', async () => {
    const { check, verdict } = await asked({ greeting: reject(UNIMPLEMENTED) });
    expect(check('temporal-system-info').result).toBe('success');
    expect(verdict).toBe('granted');
  });

  it('may know no heartbeats', async () => {
    const { check, verdict } = await asked({ heartbeat: reject(UNIMPLEMENTED) });
    expect(check('temporal-write')).toEqual(
      good('the server has no call by which the right to poll can be asked for'),
    );
    expect(verdict).toBe('unknown');
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
      'the permission, which the claims lack',
      { description: reject(PERMISSION_DENIED), claims: permissions },
      ...([
        'temporal-namespace',
        'TEMPORAL_AUTH_PERMISSION_MISSING',
        'token-permission',
        'rejected',
      ] as const),
    ],
    [
      'the permission, which the claims have',
      { description: reject(PERMISSION_DENIED), claims: { sub: 'a', permissions: ['default:write'] } },
      ...(['temporal-namespace', 'TEMPORAL_AUTH_PERMISSION_MISSING', undefined, 'unknown'] as const),
    ],
    [
      'the permission, which the claims have by another name',
      {
        ...{ description: reject(PERMISSION_DENIED), claims: { sub: 'a', roles: ['default:write'] } },
        options: { authorization: { permissionsClaimName: 'roles' } },
      },
      ...(['temporal-namespace', 'TEMPORAL_AUTH_PERMISSION_MISSING', undefined, 'unknown'] as const),
    ],
    [
      'to be polled',
      { heartbeat: reject(PERMISSION_DENIED), claims: permissions },
      ...(['temporal-write', 'TEMPORAL_AUTH_PERMISSION_MISSING', 'token-permission', 'rejected'] as const),
    ],
    [
      'the token, which lacks a permission alone',
      { greeting: reject(UNAUTHENTICATED), claims: permissions },
      ...(['temporal-system-info', 'TEMPORAL_AUTH_CALL_REJECTED', undefined, 'unknown'] as const),
    ],
    [
      'the token, which has no sub',
      { greeting: reject(UNAUTHENTICATED), claims: { permissions: ['default:write'] } },
      ...(['temporal-system-info', 'TEMPORAL_AUTH_CALL_REJECTED', 'token-permission', 'rejected'] as const),
    ],
    [
      'connections',
      { greeting: reject(UNAVAILABLE), claims: permissions },
      ...(['temporal-system-info', 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE', undefined, 'unknown'] as const),
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
    [reject(UNKNOWN, 'Received HTTP status code 200'), true],
    [reject(UNKNOWN, 'Received message larger than max'), true],
    [reject(UNKNOWN, 'Received compressed message'), true],
    [reject(UNKNOWN, 'missing dapr-app-id'), true],
    [reject(UNKNOWN, 'It said: Received HTTP status code 200'), false],
    [reject(UNKNOWN, 'Received HTTP status code 502'), false],
  ])('every call, as what is no Temporal: %#', async (description, isOther) => {
    const { check } = await asked({ description });
    const name = isOther ? 'temporal-system-info' : 'temporal-namespace';
    expect(check(name).result).toBe('error');
    expect(check(name).code === 'DOCTOR_NO_TEMPORAL').toBe(isOther);
    if (isOther)
      expect(check(name).error).toBe(
        'What answers at localhost:7233 speaks HTTP/2 and is no Temporal: it knows none of its calls. Check TEMPORAL_ADDRESS.',
      );
  });
});

it('a Temporal that never answers a heartbeat is waited for as long as one step', async () => {
  const { check } = await asked({
    heartbeat: () => new Promise(() => undefined),
    options: { timeoutMs: 50 },
  });
  expect(check('temporal-write').error).toBe(
    'No answer of Temporal at localhost:7233 within 50 ms. Check routes, firewalls and network policies.',
  );
});

describe('without a token', () => {
  it('the greeting alone is asked for', async () => {
    const { check, verdict, lazy } = await asked({ claims: null, description: reject(UNAUTHENTICATED) });
    expect(check('temporal-system-info').result).toBe('success');
    expect(check('temporal-namespace').description).toBe('Temporal answers in the namespace: not checked');
    expect(verdict).toBe('unknown');
    expect(lazy.mock.calls[0]?.[0]?.interceptors).toEqual([]);
  });

  it('a rejection is the matter of what failed before', async () => {
    const { calls, answers } = fakeClientConnection();
    answers.getSystemInfo = Promise.reject(grpcError(UNAUTHENTICATED));
    const check = await examined(async (scene) => {
      await checkConfiguration(scene);
      const { temporal } = scene;
      await scene.check('token-request', () => {
        throw new TypeError('no');
      });
      if (temporal === undefined) return;
      await checkCalls(scene, temporal);
    }, switchedOn);
    expect(check('temporal-system-info')).toMatchObject({
      ...{ code: 'TEMPORAL_AUTH_CALL_REJECTED', consequenceOf: 'token-request' },
    });
    expect(calls.at(-1)).toBe('closed');
  });

  const off = { authEnabled: false };

  it.each<[Answers, string, string | undefined]>([
    [
      { description: reject(UNAUTHENTICATED), options: off },
      'TEMPORAL_AUTH_SWITCHED_OFF',
      'Authentication is off (option authEnabled): no token is sent, and Temporal rejects the call. Set WORKER_AUTH_CLIENT_ID and the rest, and set no switch to false.',
    ],
    [{ description: reject(UNAVAILABLE), options: off }, 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE', undefined],
    [
      {
        greeting: reject(UNAUTHENTICATED),
        options: {
          ...off,
          profile: true,
          env: { TEMPORAL_API_KEY: 'key', TEMPORAL_CONFIG_FILE: '/nowhere' },
        },
      },
      ...(['TEMPORAL_AUTH_CALL_REJECTED', undefined] as const),
    ],
  ])('it is said that authentication is off where that is the reason: %#', async (answers, code, error) => {
    const { check } = await asked(answers);
    const name = answers.greeting ? 'temporal-system-info' : 'temporal-namespace';
    expect(check(name)).toMatchObject({ code, ...(error && { error }) });
  });
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

  it('fails as workers do, and is closed', async () => {
    const { Runtime } = await import('@temporalio/worker');
    const install = vi.spyOn(Runtime, 'install').mockImplementation(() => {
      throw new Error('There is one');
    });
    const { check } = await asked({
      options: { native: true, host: '127.0.0.1', port: 1, timeoutMs: 1_000 },
    });
    expect(install.mock.calls).toEqual([[{ logger: expect.any(Object) as object, shutdownSignals: [] }]]);
    expect(check('temporal-native')).toMatchObject({
      ...{ result: 'error', code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE' },
      description: 'the native connection of workers reaches Temporal',
    });
  });
});
