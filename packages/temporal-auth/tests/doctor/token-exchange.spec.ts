import { expect, it } from 'vitest';
import { ProblemFound } from '../../src/doctor/problem.ts';
import { clockOf } from '../../src/doctor/token-exchange.ts';
import { AuthenticationError } from '@worker-auth/calls/errors/temporal-auth-error';

const exchange = { url: new URL('https://auth.example/token'), sentMs: 1_700_000_000_000 };
const sent = { header: {}, claims: { sub: 'worker' } };

it.each([
  ['TOKEN_RESPONSE_INVALID', undefined, 60_001, true],
  ['TOKEN_RESPONSE_INVALID', undefined, -60_001, true],
  ['TOKEN_RESPONSE_INVALID', undefined, 60_000, false],
  ['TOKEN_CLIENT_REJECTED', sent, 60_001, true],
  ['TOKEN_REQUEST_DENIED', sent, 60_001, true],
  ['TOKEN_CLIENT_REJECTED', undefined, 60_001, false],
  ['TOKEN_REQUEST_THROTTLED', sent, 60_001, false],
])('the clock is the reason of %s, assertion %j, %d ms: %s', (code, assertion, hostAheadMs, isReason) => {
  const failure = new AuthenticationError('It said no', { code, retryable: false });
  const judge = () => clockOf({ ...exchange, assertion, hostAheadMs }, undefined, failure);
  const word = hostAheadMs > 0 ? 'ahead of' : 'behind';
  const cause = `This host's clock is 60 s ${word} the authorization server's.`;
  if (isReason)
    expect(judge).toThrow(new ProblemFound('DOCTOR_CLOCK_OFF', cause, 'Check that NTP runs on both.'));
  else expect(judge()).toMatchObject({ code: 'DOCTOR_CLOCK_OFF' });
});
