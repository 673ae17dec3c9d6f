import { describe, expect, it } from 'vitest';
import { noTokenInTime } from '../../src/errors/own-errors.ts';
import { statusWithoutToken } from '../../src/connection/authenticated-call.ts';
import { AuthenticationError } from '../../src/errors/temporal-auth-error.ts';

describe('statusWithoutToken', () => {
  it.each([
    ['UNAUTHENTICATED', 16, new AuthenticationError('No token.', { code: 'NO_TOKEN' })],
    ['DEADLINE_EXCEEDED', 4, noTokenInTime()],
    ['UNAUTHENTICATED', 16, new TypeError('what a source was given is wrong')],
  ])('is %s, with the reason: %d of %o', (_name, code, cause) => {
    const status = statusWithoutToken(cause);
    expect(status).toMatchObject({ code, details: cause.message });
    expect(status.cause).toBe(cause);
    expect(status.metadata.toJSON()).toEqual({});
  });

  it('has a typed reason for what a source of one’s own throws', () => {
    expect(statusWithoutToken('sealed')).toMatchObject({
      ...{ code: 16, details: expect.stringContaining('sealed') as string },
      cause: { code: 'TEMPORAL_AUTH_CREDENTIAL_SOURCE_FAILED' },
    });
  });
});
