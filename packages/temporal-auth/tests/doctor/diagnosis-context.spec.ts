import { SecretStoreErrorCode, StoreReadError } from '@worker-auth/secret-store';
import { describe, expect, it } from 'vitest';
import { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { DoctorCode } from '../../src/doctor/doctor-code.ts';
import { ProblemFound } from '../../src/doctor/problem.ts';
import { AuthenticationError, TemporalAuthErrorCode } from '@worker-auth/calls/errors/temporal-auth-error';
import { checkOf } from '../support/diagnosis.ts';
import { rejection } from '../support/scene.ts';

const runbook = 'https://github.com/worker-auth/worker-auth/blob/main/packages/temporal-auth/docs/runbook';

const fail = (message = 'no'): never => {
  throw new ProblemFound(DoctorCode.clockOff, message, 'Do.');
};

function examination(): DiagnosisContext {
  return new DiagnosisContext({ env: {} });
}

describe('a check', () => {
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

  it('fails as a consequence of what the catalogue names, or of what explains it', async () => {
    const made = examination();
    await made.check('secret', () => fail());
    await made.check('credentials', () => fail());
    await made.check('platform', () => fail());
    await made.check('authentication', fail, ({ code, cause }) => {
      expect([code, cause]).toEqual(['DOCTOR_CLOCK_OFF', 'no']);
      return 'platform';
    });
    const diagnosis = made.diagnosis();
    expect(checkOf(diagnosis, 'credentials')).toMatchObject({
      ...{ result: 'error', consequenceOf: 'secret' },
    });
    expect(checkOf(diagnosis, 'authentication').consequenceOf).toBe('platform');
    expect(diagnosis.causes).toEqual(['platform', 'secret']);
    expect(made.causeAmong(['credentials'])).toBe('secret');
    expect(made.causeAmong(['application', 'platform'])).toBe('platform');
    expect(made.causeAmong(['application'])).toBeUndefined();
    expect(made.causeAmong([])).toBeUndefined();
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

  it('has five seconds where nothing else is said', () => {
    expect(new DiagnosisContext({}).timeoutMs).toBe(5_000);
  });
});
