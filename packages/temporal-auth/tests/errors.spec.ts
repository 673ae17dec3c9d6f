import { describe, expect, it } from 'vitest';
import { AuthenticationError, byKind, ConfigurationError, ConnectivityError } from '../src/errors.ts';

function typed(kind: string): Error {
  return Object.assign(new Error('what to do'), { kind, code: 'SOME_CODE', retryable: true });
}

describe('byKind', () => {
  it.each([
    ['configuration', ConfigurationError],
    ['connectivity', ConnectivityError],
    ['authentication', AuthenticationError],
  ])('gives a %s error its class and keeps message, code and retryable', (kind, expected) => {
    const original = typed(kind);
    const error = byKind(original);
    expect(error).toBeInstanceOf(expected);
    expect(error).toMatchObject({
      message: 'what to do',
      code: 'SOME_CODE',
      retryable: true,
      cause: original,
    });
  });

  it('returns an error of another kind as it is', () => {
    const original = typed('weather');
    expect(byKind(original)).toBe(original);
  });

  it('returns the reason of an abort as it is', () => {
    const reason = AbortSignal.abort().reason as unknown;
    expect(byKind(reason)).toBe(reason);
  });
});
