import { describe, expect, it } from 'vitest';
import { type DaprResponse, errorOf, saysMissing } from '../src/dapr/response.ts';
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

  it.each<[DaprResponse, string]>([
    [{ status: 418, body: 'text' }, 'http://127.0.0.1:3500 answered with status 418.'],
    [
      { status: 401, body: 'text' },
      'http://127.0.0.1:3500 answered with status 401. Set DAPR_API_TOKEN to the token of the sidecar.',
    ],
    [failure('ERR_NEW', 'new'), 'new (ERR_NEW)'],
    [failure('ERR_NEW', `sent ${token}`), '[redacted]'],
    [failure('ERR_STATE_GET', 'down'), 'down (ERR_STATE_GET)'],
    [
      failure('ERR_PERMISSION_DENIED', 'denied'),
      "denied (ERR_PERMISSION_DENIED). Allow it in the sidecar's Configuration (spec.secrets.scopes).",
    ],
  ])('%j is told in its words, with what to do where that is known', (response, message) => {
    expect(errorOf(response, origin).message).toBe(message);
  });
});

describe('what the back end behind a component says', () => {
  it('is "no such secret" with white space around it too', () => {
    expect(saysMissing(backEndSaid(' secrets "wanted" not found\n'), asked, origin)).toBe(true);
  });

  it.each([
    ['sealed', 'sealed (ERR_SECRET_GET)'],
    ['Unauthorized', "Unauthorized (ERR_SECRET_GET). Check the sidecar's service account and namespace."],
    [`was sent ${token}`, '[redacted] (ERR_SECRET_GET)'],
    ['x'.repeat(600), `${'x'.repeat(499)}… (ERR_SECRET_GET)`],
  ])('is told with what to do when that is known: %s', (text, message) => {
    const read = (): unknown => saysMissing(backEndSaid(text), asked, origin);
    expect(read).toThrow(SidecarError);
    expect(read).toThrow(expect.objectContaining({ message }));
  });
});
