import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitize } from '../src/text.ts';

const secret = 'canary+secret/with %20 "odd" signs=<&>';
const redacted = '[redacted]';

const htmlNames: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' };

const percentAll = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** UTF-16 units, so that lone surrogates arise too. */
const units = (text: string): string[] =>
  Array.from({ length: text.length }, (_unused, index) => text.charAt(index));

/** Each is undone from its beginning, so that a cut text still tells what stood before the cut. */
const encodings: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in upper case': (text) => text.toUpperCase(),
  'HTML-escaped by name': (text) => text.replaceAll(/[&<>"]/g, (sign) => `&${htmlNames[sign] ?? ''};`),
  'HTML-escaped in decimal': (text) =>
    units(text)
      .map((unit) => `&#${unit.charCodeAt(0)};`)
      .join(''),
  'HTML-escaped in hexadecimal': (text) =>
    units(text)
      .map((unit) => `&#x${unit.charCodeAt(0).toString(16)};`)
      .join(''),
  'percent-encoded': percentAll,
  'percent-encoded where needed': (text) => encodeURIComponent(Buffer.from(text).toString()),
  'form-encoded': (text) => new URLSearchParams({ '': text }).toString().slice(1),
  'JSON-escaped': (text) => JSON.stringify(text).slice(1, -1),
  '\\u-escaped': (text) =>
    units(text)
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  hexadecimal: (text) => Buffer.from(text).toString('hex'),
  'split by NUL': (text) => units(text).join('\0'),
  'split by zero-width spaces': (text) => units(text).join('\u200B'),
  'split by soft hyphens and joiners': (text) => units(text).join('\u00AD\u200D'),
  'split by lone surrogates': (text) => units(text).join('\uD800'),
  'split by line breaks': (text) => units(text).join('\r\n'),
};

const names = Object.keys(encodings);

function encode(text: string, ...steps: readonly string[]): string {
  return steps.reduce((encoded, step) => encodings[step]?.(encoded) ?? encoded, text);
}

/** The part of the encoded text that stands for the first `count` characters alone. */
function encodeCut(text: string, count: number, steps: readonly string[]): string {
  return encode(text, ...steps).slice(0, encode(text.slice(0, count), ...steps).length);
}

describe('a text that holds a secret', () => {
  it.each(names)('is dropped whole: %s', (name) => {
    expect(sanitize(`bad request: ${encode(secret, name)} was sent`, { secrets: ['', secret] })).toBe(
      redacted,
    );
  });

  it.each(names)('is dropped whole when it is encoded twice: %s', (name) => {
    expect(sanitize(`bad: ${encode(secret, name, name)}!`, { secrets: [secret] })).toBe(redacted);
  });

  it.each(names)('is dropped whole when it is cut off in the middle of the secret: %s', (name) => {
    expect(sanitize(`bad: ${encodeCut(secret, 14, [name])}`, { secrets: [secret] })).toBe(redacted);
  });

  it.each(['base64', 'base64url'])('is dropped whole for %s of id and secret joined', (name) => {
    for (const id of ['a', 'id', 'ids', 'orders-worker']) {
      for (const value of [secret, 's3cret']) {
        const text = `Authorization was ${encode(`${id}:${value}`, name)}`;
        expect(sanitize(text, { secrets: [value] })).toBe(redacted);
      }
    }
  });

  it('is dropped whole for a short secret, encoded or not', () => {
    for (const name of ['as it is', 'base64', 'hexadecimal', 'split by NUL', 'percent-encoded']) {
      expect(sanitize(`bad: ${encode('s3cret', name)}.`, { secrets: ['s3cret'] })).toBe(redacted);
    }
  });

  it('stays when no more than seven characters in a row are the same', () => {
    expect(sanitize('bad: abcdefgXYZ', { secrets: ['abcdefghijkl'] })).toBe('bad: abcdefgXYZ');
    expect(sanitize('bad: abcdefghXYZ', { secrets: ['abcdefghijkl'] })).toBe(redacted);
  });

  it('stays when the secret lies behind what is shown of a long text', () => {
    expect(sanitize(`${'x '.repeat(3_000)}${secret}`, { secrets: [secret], maxLength: 20 })).toBe(
      'x x x x x x x x x x…',
    );
  });

  it('shows no run of eight characters, however it is encoded, split and cut', () => {
    const sign = fc.constantFrom(...units('äßéñ漢字кж~!&<>"%+\\/=:.-_0aZ'));
    const secrets = fc.oneof(
      fc.stringMatching(/^(?:[!-~]{2,6} ?){10}$/),
      fc.stringMatching(/^[A-Za-z0-9~_.-]{24,64}$/),
      fc.string({ unit: sign, minLength: 24, maxLength: 40 }),
    );
    // Base64 in upper case is no base64 any more.
    const steps = fc.array(fc.constantFrom(...names.filter((name) => name !== 'in upper case')), {
      maxLength: 3,
    });
    const cases = fc.constantFrom<string[]>([], ['in upper case']);
    fc.assert(
      fc.property(
        secrets,
        cases,
        steps,
        fc.integer({ min: 18, max: 64 }),
        fc.constantFrom('', 'invalid_client: ', 'x', '{"said":"', 'id:'),
        (value, inCase, chosen, count, before) => {
          const cut = encodeCut(value, count, [...inCase, ...chosen]).slice(0, 4_000);
          expect(sanitize(`${before}${cut}`, { secrets: [value], maxLength: 4_000 })).toBe(redacted);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a text without a secret', () => {
  it.each([
    'AADSTS7000215: Invalid client secret provided.',
    'Client not enabled to retrieve service account (orders-worker), see https://issuer.example/docs?id=3&x=%20y',
    `failed getting secret with key a/b from secret store vault: "permission denied" {"code":403}`,
    'Trace ID: 6f1a2b3c-0d4e-4f5a-8b6c-7d8e9f0a1b2c Timestamp: 2026-01-01 00:00:00Z',
  ])('stays as it is: %s', (text) => {
    expect(sanitize(text, { secrets: ['9Xk~3Qm7Zr.2Lw8Vt-5Bn', 'kept', 'Zm9vYmFyYmF6cXV4'] })).toBe(text);
  });

  it('has no control characters: no forged log lines and no escape sequences', () => {
    expect(sanitize('a\r\nINFO forged\u001B[31m\u202Eb\uD800')).toBe('a INFO forged [31m b');
  });

  it('is cut to the given length, 256 by default, and never through a character', () => {
    expect(sanitize('x'.repeat(257))).toBe(`${'x'.repeat(255)}…`);
    expect(sanitize('x'.repeat(256))).toBe('x'.repeat(256));
    expect(sanitize('abc😀def', { maxLength: 5 })).toBe('abc…');
  });
});

describe('what looks like a secret', () => {
  const jwt = `eyJhbGciOiJub25lIn0.eyJzdWIiOiJ3b3JrZXIifQ.${'c2ln'.repeat(4)}`;

  it.each([
    [`bad ${jwt}!`, 'bad [redacted]!'],
    ['sent Authorization: Bearer abc.def-ghi=', 'sent Authorization: Bearer [redacted]'],
    ['basic dXNlcjpwYXNz and more', 'basic [redacted] and more'],
    [`BEARER ${jwt}`, 'BEARER [redacted]'],
  ])('is blotted out: %s', (text, shown) => {
    expect(sanitize(text)).toBe(shown);
  });

  it.each(['base64', 'percent-encoded', '\\u-escaped', 'split by NUL', 'split by zero-width spaces'])(
    'takes the whole text along when it can be seen only after decoding: %s',
    (name) => {
      expect(sanitize(`bad: ${encode(jwt, name)}`)).toBe(redacted);
      expect(sanitize(`bad: ${encode('Bearer abcdefghijklmnop', name)}`)).toBe(redacted);
    },
  );
});

describe('any text at all', () => {
  // A hundred texts take seconds on a busy host.
  it('gives one bounded line, and never an error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 3 }),
        fc.integer({ min: 10, max: 300 }),
        (text, secrets, maxLength) => {
          const shown = sanitize(text, { secrets, maxLength });
          expect(shown.length).toBeLessThanOrEqual(maxLength);
          expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        },
      ),
    );
  });

  it.each([
    ['escapes in escapes', '%25'.repeat(20_000)],
    ['backslashes', '\\'.repeat(100_000)],
    ['ampersands', '&amp;'.repeat(20_000)],
    ['base64 of anything', 'QUJD'.repeat(20_000)],
    ['letters of a scheme', 'bearer '.repeat(20_000)],
    ['beginnings of JWTs', 'eyJ.'.repeat(20_000)],
    ['a mixture', '+%2526amp;\\u005c\u200B'.repeat(5_000)],
  ])('is looked through in bounded work: %s', (_name, text) => {
    expect(sanitize(text, { secrets: ['a-secret-of-some-length'] }).length).toBeLessThanOrEqual(256);
  });
});
