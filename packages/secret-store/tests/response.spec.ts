import { describe, expect, it } from 'vitest';
import { type DaprResponse, errorOf, saysMissing } from '../src/dapr/response.ts';
import { alsoMissing, judgeBackEnd } from '../src/dapr/back-ends.ts';
import { SidecarError, type SidecarErrorCode } from '../src/dapr/errors.ts';

const token = 'the-api-token';
const origin = { address: 'http://127.0.0.1:3500', secrets: [token] };
const kubernetes = 'secretstores.kubernetes';
const asked = { component: 'a-store', componentType: kubernetes, name: 'wanted' };

/** What daprd answers when the back end gave no secret, and said `text`. */
function backEndSaid(text: string): DaprResponse {
  const message = `failed getting secret with key wanted from secret store a-store: ${text}`;
  return { status: 500, body: { errorCode: 'ERR_SECRET_GET', message } };
}

function failure(errorCode: string, message: string): DaprResponse {
  return { status: 500, body: { errorCode, message } };
}

const codes: readonly [status: number, code: SidecarErrorCode][] = [
  [302, 'SECRET_STORE_INVALID_RESPONSE'],
  [400, 'SECRET_STORE_INVALID_RESPONSE'],
  [401, 'SECRET_STORE_API_TOKEN_REJECTED'],
  [403, 'SECRET_STORE_API_TOKEN_REJECTED'],
  [404, 'SECRET_STORE_API_NOT_ALLOWED'],
  [418, 'SECRET_STORE_INVALID_RESPONSE'],
  [429, 'SECRET_STORE_BACKEND_FAILED'],
  [499, 'SECRET_STORE_INVALID_RESPONSE'],
  [500, 'SECRET_STORE_BACKEND_FAILED'],
  [501, 'SECRET_STORE_BACKEND_FAILED'],
  [502, 'SECRET_STORE_SIDECAR_NOT_READY'],
  [503, 'SECRET_STORE_SIDECAR_NOT_READY'],
  [504, 'SECRET_STORE_SIDECAR_NOT_READY'],
];

describe('a response that is not of Dapr’s API', () => {
  it.each(codes)('with status %d is %s', (status, code) => {
    expect(errorOf({ status, body: 'text' }, origin)).toMatchObject({ code, status });
  });

  it('is told with address and status', () => {
    expect(errorOf({ status: 418, body: 'text' }, origin).message).toBe(
      'http://127.0.0.1:3500 answered with status 418.',
    );
  });

  it('is told with what to do, where that is known', () => {
    expect(errorOf({ status: 401, body: 'text' }, origin).message).toBe(
      'http://127.0.0.1:3500 answered with status 401. Set DAPR_API_TOKEN to the token of the sidecar.',
    );
  });
});

describe('a failure that Dapr names', () => {
  it('is told in its words', () => {
    expect(errorOf(failure('ERR_NEW', 'new'), origin).message).toBe('new (ERR_NEW)');
  });

  it('is told with what to do, where that is known', () => {
    expect(errorOf(failure('ERR_PERMISSION_DENIED', 'denied'), origin).message).toBe(
      "denied (ERR_PERMISSION_DENIED). Allow it in the sidecar's Configuration (spec.secrets.scopes).",
    );
  });

  it('is what its name says, whatever the status is', () => {
    expect(errorOf({ ...failure('ERR_PERMISSION_DENIED', 'denied'), status: 404 }, origin)).toMatchObject({
      code: 'SECRET_STORE_ACCESS_DENIED',
      status: 404,
    });
  });

  it('is what its status says when the name is not known', () => {
    expect(errorOf({ ...failure('ERR_NEW', 'new'), status: 404 }, origin)).toMatchObject({
      code: 'SECRET_STORE_API_NOT_ALLOWED',
      status: 404,
    });
  });

  it('has no advice where nothing is known but the outage', () => {
    expect(errorOf(failure('ERR_STATE_GET', 'down'), origin).message).toBe('down (ERR_STATE_GET)');
  });

  it('does not repeat the token', () => {
    expect(errorOf(failure('ERR_NEW', `sent ${token}`), origin).message).toBe('[redacted]');
  });

  it('has room for 500 characters', () => {
    expect(errorOf(failure('ERR_NEW', 'x'.repeat(600)), origin).message).toHaveLength(500);
  });
});

describe('what the back end behind a component says', () => {
  it('is "no such secret" with white space around it too', () => {
    expect(saysMissing(backEndSaid(' secrets "wanted" not found\n'), asked, origin)).toBe(true);
  });

  it.each([
    ['without advice when it is an outage', 'sealed', 'sealed (ERR_SECRET_GET)'],
    [
      'with what to do when it is a rejection',
      'Unauthorized',
      "Unauthorized (ERR_SECRET_GET). Check the sidecar's service account and namespace.",
    ],
  ])('is told %s', (_what, text, message) => {
    const read = (): unknown => saysMissing(backEndSaid(text), asked, origin);
    expect(read).toThrow(SidecarError);
    expect(read).toThrow(expect.objectContaining({ message }));
  });

  it('does not repeat the token', () => {
    const read = (): unknown => saysMissing(backEndSaid(`was sent ${token}`), asked, origin);
    expect(read).toThrow(expect.objectContaining({ message: '[redacted] (ERR_SECRET_GET)' }));
  });

  it('has room for 500 characters', () => {
    const read = (): unknown => saysMissing(backEndSaid('x'.repeat(600)), asked, origin);
    expect(read).toThrow(expect.objectContaining({ message: `${'x'.repeat(499)}… (ERR_SECRET_GET)` }));
  });

  it.each([
    ['there is no such secret', 'secrets "wanted" not found', 'missing'],
    ['nothing that is known', 'down', 'failed'],
  ])('has no advice when it is: %s', (_what, text, kind) => {
    expect(judgeBackEnd(kubernetes, text, 'wanted')).toEqual({ kind, advice: '' });
  });

  it('means no more than "not there" in a store that is not of AWS', () => {
    expect(alsoMissing(kubernetes)).toBe('');
  });
});
