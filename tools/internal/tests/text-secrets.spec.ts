import { describe, expect, it, vi } from 'vitest';
import { sanitize } from '../src/text.ts';

const redacted = '[redacted]';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');

describe('a part of a secret', () => {
  it.each<[what: string, text: string, secret: string]>([
    ['its beginning, at the end of the text', 'bad: abcdefgh', 'abcdefghijkl'],
    ['its end, at the beginning of the text', 'efghijkl: bad', 'abcdefghijkl'],
    ['all of a short one with the spaces gone', 'bad: abcd', 'a b c d'],
    ['letters between other signs', 'bad: abcd.efgh.ijkl', 'abcd-efgh-ijkl'],
    ['no more than eight letters between other signs', 'bad: ab.cd.ef.gh', 'ab-cd-ef-gh'],
    ['a sharp s in upper case', 'BAD: MASSSTÄBE', 'maßstäbe'],
    ['signs alone', 'x +-+ y', '+-+'],
    ['four characters of base64', 'bad YWJj.', 'abc'],
    ['four characters of base64 behind one that is not of it', 'bad FiY2.', 'abcd'],
    ['five characters of base64 behind two that are not of it', 'bad hYmNk.', 'abcd'],
    ['eight characters of base64url with a hyphen', 'bad fj8-fj8-', '~?>~?>~?>'],
    ['eight characters of base64url with a low line', 'bad Pz8_fj8_', '???~???~'],
    ['eight characters of hexadecimal', `bad ${hex('s3cretxy1234').slice(0, 8)}`, 's3cretxy1234'],
  ])('is found: %s', (_what, text, secret) => {
    expect(sanitize(text, { secrets: [secret] })).toBe(redacted);
  });

  it.each(['', 'a', 'ab'])('is found in eight characters of base64 behind %j', (before) => {
    const start = before === '' ? 0 : before.length + 1;
    const part = base64(`${before}s3cretxy1234`).slice(start, start + 8);
    expect(sanitize(`bad ${part}`, { secrets: ['s3cretxy1234'] })).toBe(redacted);
  });

  it.each<[what: string, text: string, secret: string]>([
    ['the two letters of one that is full of signs', 'about', '-=a+b=-'],
    ['nothing, for one of spaces', 'text', '   '],
    ['two characters of base64', 'any way', 'ab'],
    ['eight characters with the hash of its own', 'any xnexaaec', 'hpthwchi'],
  ])('is none: %s', (_what, text, secret) => {
    expect(sanitize(text, { secrets: [secret] })).toBe(text);
  });

  it('is none for an empty secret, however much could be decoded', () => {
    const text = Array.from({ length: 60 }, (_unused, index) => `identifier${index}`).join(' ');
    expect(sanitize(text, { secrets: [''], maxLength: 4_096 })).toBe(text);
  });
});

it('fifty valid tokens are prepared once, and not for each text', () => {
  const secrets = Array.from({ length: 50 }, (_unused, index) => `${index}-${'token-'.repeat(9)}${index}`);
  const encode = vi.spyOn(Buffer, 'concat');
  sanitize('Request unauthorized', { secrets });
  expect(encode).toHaveBeenCalled();
  encode.mockClear();
  expect(sanitize('Request unauthorized', { secrets })).toBe('Request unauthorized');
  expect(encode).not.toHaveBeenCalled();
  encode.mockRestore();
});

it('a text that cannot be decided is dropped whole', () => {
  expect(sanitize(`bad: %${'25'.repeat(300)}41`, { secrets: ['a-secret-of-some-length'] })).toBe(redacted);
});

describe('what looks like a secret', () => {
  it.each([
    [
      'at the beginning',
      'eyJhbGciOiJub25lIn0 \n eyJzdWIiOiJ3b3JrZXIifQ is bad',
      `${redacted} ${redacted} is bad`,
    ],
    ['without a space', 'eyJhbGciOiJub25lIn0\neyJzdWIiOiJ3b3JrZXIifQ', `${redacted} ${redacted}`],
  ])('is blotted out where white space splits it, %s', (_where, text, shown) => {
    expect(sanitize(text)).toBe(shown);
  });

  it('is blotted out where white space splits it, and the rest stays', () => {
    expect(sanitize('bad eyJhbGciOiJub25lIn0 \n eyJzdWIiOiJ3b3JrZXIifQ')).toBe(`bad ${redacted} ${redacted}`);
  });

  it.each([
    ['Bearer%20abc', 'Bearer%20abc'],
    ['Bearer%20abcde', 'Bearer%20abcde'],
    ['Bearer%20abcdef', redacted],
  ])('counts from 13 characters on when it shows after decoding alone: %s', (text, shown) => {
    expect(sanitize(text)).toBe(shown);
  });
});
