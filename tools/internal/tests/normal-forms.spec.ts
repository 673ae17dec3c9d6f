import { describe, expect, it } from 'vitest';
import { normalForms } from '../src/normal-forms.ts';

/** No piece that is decoded is as long as that. */
const noPieces = 1_000;

function forms(text: string, minLength = noPieces): readonly string[] {
  return normalForms(text, minLength) ?? [];
}

const hex = (text: string): string => Buffer.from(text).toString('hex');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('an escape', () => {
  it.each<[escaped: string, text: string]>([
    ['&amp;&LT;&quot', '&<"'],
    ['&Newline;|&shy;|', '\n||'],
    ['&#65;&#066&#x42;&#X0000043;', 'ABBC'],
    ['&#x1F600;&#128512;', '😀😀'],
    ['&#x10ffff;', '\u{10ffff}'],
    ['a%20b%2Fc', 'a b/c'],
    ['%C3%A4%c3%b6', 'äö'],
    ['%E4%F6', 'äö'],
    ['%u00e4%U00F6', 'äö'],
    ['a+b+c', 'a b c'],
    [String.raw`\u00e4\U00F6`, 'äö'],
    [String.raw`\u{1f600}\u{61}`, '😀a'],
    [String.raw`\x41\X4a`, 'AJ'],
    [String.raw`\101\377`, 'Aÿ'],
    [String.raw`a\bb\fc\nd\re\tf\vg\0h`, 'a b c d e f g h'],
    [String.raw`\"\/\\\'`, String.raw`"/\'`],
    ['a\\\nb', 'a\nb'],
    ['a\u200Bb\0c\u00ADd\uFFFDe', 'abcde'],
    ['a \r\n\t b', 'ab'],
  ])('is taken off %j', (escaped, text) => {
    expect(forms(escaped)).toContain(text);
  });

  it.each([
    '&unknown;',
    '&#x110000;',
    '&#1114112;',
    '&#xg;',
    '&#a;',
    '&a1;',
    '%4',
    '%g0',
    '%u12g4',
    '\\',
    'a-b_c',
    '',
  ])('that is none stays: %j', (text) => {
    expect(forms(text)).toEqual([text]);
  });

  it.each<[escaped: string, text: string]>([
    [String.raw`\u{110000}`, String.raw`\u{110000}`],
    [String.raw`\u12`, 'u12'],
    [String.raw`\xg1`, 'xg1'],
    [String.raw`\400`, '400'],
    [String.raw`\18`, '18'],
  ])('of JavaScript that is not whole is the character behind its backslash: %j', (escaped, text) => {
    expect(new Set(forms(escaped))).toEqual(new Set([escaped, text]));
  });

  it('is taken off however often and in whatever order it was put on', () => {
    expect(forms('%2526lt%3B')).toContain('<');
    expect(forms(String.raw`&#92;u0025&#92;u0034&#92;u0031`)).toContain('A');
  });
});

describe('the forms of a text', () => {
  it('begin with the text itself, and are each there once', () => {
    expect(forms('a+b')).toEqual(['a+b', 'a b', 'ab']);
  });

  it('are undecidable when there are more than 256', () => {
    const deep = (count: number): string => `%${'25'.repeat(count)}41`;
    expect(normalForms(deep(254), noPieces)).toHaveLength(256);
    expect(normalForms(deep(255), noPieces)).toBeUndefined();
  });
});

describe('a piece that is encoded', () => {
  it.each(['', 'x', 'xy', 'xyz'])('in base64 is found behind %j', (before) => {
    expect(forms(`${before}${base64('the secret words')}`, 12)).toContainEqual(
      expect.stringContaining('secret words'),
    );
  });

  it.each(['', 'a'])('in hexadecimal is found behind %j', (before) => {
    expect(forms(`${before}${hex('secret')}`, 6)).toContain('secret');
    expect(forms(`${before}${hex('secret').toUpperCase()}`, 6)).toContain('secret');
  });

  it('in base64 is found when it has 8 characters, not when it has fewer', () => {
    expect(forms('c2VjcmV0', 6)).toContain('secret');
    expect(forms('c2VjcmU', 5)).toEqual(['c2VjcmU']);
  });

  it('in hexadecimal is found when it has 12 characters, not when it has fewer', () => {
    expect(forms('736563726574', 6)).toContain('secret');
    expect(forms('7365637265', 5)).toEqual(['7365637265']);
  });

  it('in base64url is found', () => {
    const text = 'a~?a~?a~?>>>';
    expect(forms(Buffer.from(text).toString('base64url'), 12)).toContain(text);
    expect(forms(base64(text), 12)).toContain(text);
  });

  it('is of interest from the given length on', () => {
    expect(forms(base64('secrets'), 7)).toContain('secrets');
    expect(forms(base64('secrets'), 8)).not.toContain('secrets');
  });

  it('is read apart from the bytes that are no text', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('secret'), Buffer.from([0xff])]);
    expect(forms(bytes.toString('base64'), 6)).toContain('secret');
  });

  it('is read without what an encoder made of half a character, and without what cannot be seen', () => {
    expect(forms(base64('sec\uFFFDret\u200Bword'), 10)).toContain('secretword');
  });
});
