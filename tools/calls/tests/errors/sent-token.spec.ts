import { describe, expect, it } from 'vitest';
import { isExpired, saidOfToken } from '../../src/errors/translate.ts';

const nowMs = Date.UTC(2026, 10, 27, 12);
const seconds = nowMs / 1_000;

function jwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(claims)}.signature`;
}

describe('what is said of a rejected token', () => {
  it('is what it says of itself, beside the clock of the host', () => {
    const token = jwt({
      ...{ iat: seconds - 60, nbf: seconds + 5, exp: seconds + 300 },
      ...{ aud: 'temporal', iss: 'https://issuer.example', secret: 'not shown' },
    });
    expect(saidOfToken({ token, nowMs, wasAccepted: false })).toBe(
      'It says: iat 2026-11-27T11:59:00.000Z, nbf 2026-11-27T12:00:05.000Z, exp 2026-11-27T12:05:00.000Z, aud "temporal", ' +
        'iss "https://issuer.example"; it is 2026-11-27T12:00:00.000Z here. Temporal has not accepted it yet.',
    );
  });

  it('has the clock of the server, where that is known', () => {
    expect(
      saidOfToken({ token: jwt({ iat: seconds }), nowMs, wasAccepted: false }, nowMs - 75_000),
    ).toContain('it is 2026-11-27T12:00:00.000Z here, and 2026-11-27T11:58:45.000Z at the server.');
  });

  it('is that it was accepted before', () => {
    expect(saidOfToken({ token: 'opaque', nowMs, wasAccepted: true })).toBe(
      'Temporal has accepted it before.',
    );
  });

  it('is that it had expired', () => {
    const sent = { token: jwt({ exp: seconds }), nowMs, wasAccepted: true };
    expect(saidOfToken(sent)).toContain('It had expired here too');
    expect(isExpired(sent)).toBe(true);
    expect(isExpired({ ...sent, nowMs: nowMs - 1 })).toBe(false);
    expect(isExpired({ ...sent, token: 'opaque' })).toBe(false);
  });

  it.each([null, 'soon', 1e300, {}])('takes no date from %j', (exp) => {
    expect(isExpired({ token: jwt({ exp }), nowMs, wasAccepted: false })).toBe(false);
  });
});
