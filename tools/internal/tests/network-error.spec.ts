import { describe, expect, it } from 'vitest';
import { networkErrorCode } from '../src/network-error.ts';

const withCode = (code: unknown, cause?: unknown): Error =>
  Object.assign(new Error('of the transport', { cause }), { code });

describe('networkErrorCode', () => {
  it('is the code of the error', () => {
    expect(networkErrorCode(withCode('ECONNRESET'))).toBe('ECONNRESET');
  });

  it('is the innermost one under the layers of a fetch', () => {
    expect(networkErrorCode(new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') }))).toBe(
      'ECONNREFUSED',
    );
    expect(networkErrorCode(withCode('UND_ERR', withCode('ENOTFOUND')))).toBe('ENOTFOUND');
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'ECONNREFUSED'],
    ['an error without a code', new Error('x')],
    ['a code with more than a name in it', withCode('E https://user:secret@host')],
    ['a code that is too long', withCode('E'.repeat(65))],
    ['a number', withCode(7)],
  ])('is undefined for %s', (_name, error) => {
    expect(networkErrorCode(error)).toBeUndefined();
  });

  it.each([
    [8, 'EPIPE'],
    [9, undefined],
  ])('looks at eight layers and no more: a code at layer %d', (layers, code) => {
    let error = withCode('EPIPE');
    for (let layer = 1; layer < layers; layer++) error = new Error('a wrapper', { cause: error });
    expect(networkErrorCode(error)).toBe(code);
  });

  it('ends when an error is its own cause', () => {
    const first = withCode('EPIPE');
    const second = withCode('EPROTO', first);
    first.cause = second;
    expect(networkErrorCode(first)).toMatch(/^EP/);
  });

  it('passes over fields that throw', () => {
    const hostile = Object.defineProperties(new Error('x', { cause: withCode('ETIMEDOUT') }), {
      code: {
        get: () => {
          throw new Error('hostile');
        },
      },
    });
    expect(networkErrorCode(hostile)).toBe('ETIMEDOUT');
  });
});
