import { SecretStoreErrorCode, StoreReadError } from '@worker-auth/secret-store';
import { describe, expect, it } from 'vitest';
import { checksOfCredentials, checksOfTokens, entries } from '../../src/doctor/catalogue.ts';
import { DiagnosisContext, visible } from '../../src/doctor/diagnosis-context.ts';
import { DoctorCode } from '../../src/doctor/doctor-code.ts';
import { ProblemFound } from '../../src/doctor/problem.ts';
import { AuthenticationError, TemporalAuthErrorCode } from '../../src/errors/temporal-auth-error.ts';
import { checkOf } from '../support/diagnosis.ts';
import { rejection } from '../support/scene.ts';

const runbook = 'https://github.com/worker-auth/worker-auth/blob/main/packages/temporal-auth/docs/runbook';

const fail = (message = 'no'): never => {
  throw new ProblemFound(DoctorCode.clockOff, message, 'Do.');
};

function examination(signal?: AbortSignal): DiagnosisContext {
  return new DiagnosisContext({ env: {}, signal });
}

describe('a check', () => {
  it('succeeds, with a value', async () => {
    const made = examination();
    expect(await made.check('application', () => ({ description: 'a', value: 7, details: { b: 1 } }))).toBe(
      7,
    );
    expect(await made.check('platform', () => Promise.resolve('text'))).toBeUndefined();
    expect(checkOf(made.diagnosis(), 'application')).toEqual({
      ...{ name: 'application', description: 'a', result: 'success', details: { b: 1 } },
      url: `${runbook}/checks.md#configuration`,
    });
    expect(checkOf(made.diagnosis(), 'platform').description).toBe('text');
  });

  it('warns, and fails', async () => {
    const made = examination();
    const warning = { description: 'a', code: DoctorCode.serverOld, cause: 'b\u0007', remedy: 'c', value: 7 };
    expect(await made.check('application', () => warning)).toBe(7);
    expect(await made.check('platform', () => fail('c'))).toBeUndefined();
    const diagnosis = made.diagnosis();
    expect(checkOf(diagnosis, 'application')).toEqual({
      ...{ name: 'application', description: 'a', result: 'warning', code: 'DOCTOR_SERVER_OLD' },
      ...{ cause: 'b?', remedy: 'c', error: 'b? c' },
      url: `${runbook}/doctor.md#doctor_server_old`,
    });
    expect(checkOf(diagnosis, 'platform')).toStrictEqual({
      ...{ name: 'platform', description: "Temporal's native module runs on this platform", result: 'error' },
      ...{ code: 'DOCTOR_CLOCK_OFF', cause: 'c', remedy: 'Do.', error: 'c Do.' },
      url: `${runbook}/doctor.md#doctor_clock_off`,
    });
    expect(diagnosis).toMatchObject({ success: false, causes: ['platform'] });
  });

  it('is not made after the failure of what it needs', async () => {
    const made = examination();
    await made.check('temporal-setting', () => fail());
    expect(await made.check('temporal-dns', () => ({ description: 'a', value: 7 }))).toBeUndefined();
    expect(await made.check('temporal-tcp', () => 'a')).toBeUndefined();
    expect(checkOf(made.diagnosis(), 'temporal-tcp')).toEqual({
      name: 'temporal-tcp',
      description: 'Temporal accepts connections: not checked, since "temporal-setting" failed',
      ...{ result: 'skipped', consequenceOf: 'temporal-setting' },
      url: `${runbook}/checks.md#temporal`,
    });
    expect(made.diagnosis().causes).toEqual(['temporal-setting']);
  });

  it('fails as a consequence of what the catalogue names, or of what explains it', async () => {
    const made = examination();
    await made.check('trusted-certificates', () => fail());
    await made.check('temporal-tls', () => fail());
    await made.check('platform', () => fail());
    await made.check('authentication', fail, ({ code, cause }) => {
      expect([code, cause]).toEqual(['DOCTOR_CLOCK_OFF', 'no']);
      return 'platform';
    });
    const diagnosis = made.diagnosis();
    expect(checkOf(diagnosis, 'temporal-tls')).toMatchObject({
      ...{ result: 'error', consequenceOf: 'trusted-certificates' },
    });
    expect(checkOf(diagnosis, 'authentication').consequenceOf).toBe('platform');
    expect(diagnosis.causes).toEqual(['trusted-certificates', 'platform']);
    expect(made.causeAmong(['temporal-tls'])).toBe('trusted-certificates');
    expect(made.causeAmong(['application', 'platform'])).toBe('platform');
    expect(made.causeAmong(['application'])).toBeUndefined();
    expect(made.causeAmong([])).toBeUndefined();
  });

  it('throws the reason of the signal, and records nothing', async () => {
    const ending = new AbortController();
    const made = examination(ending.signal);
    const reason = new Error('over');
    const work = (): never => {
      ending.abort(reason);
      return fail();
    };
    await expect(made.check('application', work)).rejects.toBe(reason);
    expect(checkOf(made.diagnosis(), 'application').result).toBe('skipped');
  });

  it.each<[string, unknown, string, string]>([
    [
      'ours',
      new AuthenticationError('a.', { code: TemporalAuthErrorCode.callRejected, retryable: false }),
      'TEMPORAL_AUTH_CALL_REJECTED',
      'a.',
    ],
    [
      'of the secret store',
      new StoreReadError('b', { code: SecretStoreErrorCode.accessDenied }),
      'SECRET_STORE_ACCESS_DENIED',
      'b.',
    ],
    ['of an argument', new TypeError('c must be d.'), 'TEMPORAL_AUTH_SETTING_REJECTED', 'c must be d.'],
    ['of an argument out of range', new RangeError('e'), 'TEMPORAL_AUTH_SETTING_REJECTED', 'e.'],
  ])('fails for an error %s', async (_whose, error, code, message) => {
    const made = examination();
    await made.check('application', () => {
      throw error;
    });
    expect(checkOf(made.diagnosis(), 'application')).toMatchObject({
      ...{ code, cause: message, remedy: 'Correct it, or leave it out.' },
    });
  });

  it('is skipped for a reason', () => {
    const made = examination();
    made.skip(['sidecar', 'component'], 'a');
    expect(checkOf(made.diagnosis(), 'component')).toMatchObject({
      ...{ result: 'skipped', description: 'the sidecar has the secret store component: a' },
    });
    expect(made.diagnosis().success).toBe(true);
  });
});

describe('the catalogue', () => {
  it('knows what matters while authentication is on, and credentials are needed', () => {
    const ofCategory = (...wanted: readonly string[]): string[] =>
      entries.filter(({ categoryName }) => wanted.includes(categoryName)).map(({ name }) => name);
    const settings = ['token-endpoint-setting', 'secret-store-setting'];
    expect(checksOfCredentials).toEqual([...settings, ...ofCategory('secret store', 'token endpoint')]);
    expect(checksOfTokens).toEqual([
      ...checksOfCredentials,
      ...ofCategory('token'),
      'temporal-earlier-token',
    ]);
  });

  it('is the order of a diagnosis', () => {
    const { categories } = examination().diagnosis();
    expect(
      categories.flatMap(({ categoryName, checks }) => checks.map(({ name }) => [categoryName, name])),
    ).toEqual(entries.map(({ categoryName, name }) => [categoryName, name]));
  });

  it('needs checks that come before', () => {
    const names = entries.map(({ name }) => name);
    for (const { name, needs } of entries)
      for (const needed of needs) expect(names.indexOf(needed)).toBeLessThan(names.indexOf(name));
  });
});

describe('a step', () => {
  it('has its time, with what is waited for', async () => {
    const scene = new DiagnosisContext({ env: {}, timeoutMs: 1 });
    const error = await rejection(scene.inTime('answer', () => new Promise(() => undefined)));
    expect(error).toEqual(
      new ProblemFound(
        DoctorCode.connectionTimedOut,
        'No answer within 1 ms.',
        'Check routes, firewalls and network policies.',
      ),
    );
    expect(error).toMatchObject({ code: 'DOCTOR_CONNECTION_TIMED_OUT', name: 'ProblemFound' });
  });

  it('has the environment of the process, and five seconds, where nothing else is said', () => {
    const { env, timeoutMs, signal } = new DiagnosisContext({});
    expect([env, timeoutMs, signal.aborted]).toEqual([process.env, 5_000, false]);
    expect(() => new DiagnosisContext({ timeoutMs: 2 ** 31 })).toThrow(/^timeoutMs must be/);
  });
});

it('visible characters stay', () => {
  expect(visible('a b\n✓\u200b')).toBe('a b\n✓?');
});
