import { planting } from './checks.ts';
import { Random } from './random.ts';

/** Values that an encoding, a parser, a template or a buffer would change, by what they are. */
export const oddValues: Readonly<Record<string, string>> = {
  'a value with spaces, signs and unicode': ' a+b%20 "ü€𝒳" =',
  'a number': '007',
  'the text null': 'null',
  'an object in JSON': '{"not": "unwrapped", "price": 1.0}',
  'a text in base64': 'dW50b3VjaGVkLg==',
  'a text in quotes': '"quoted"',
  'a text with signs of HTML, YAML and shells': "&amp; - it's `a` # b; *c {{d}}",
  'a value of two lines': 'two\nlines',
  'a value with CR and LF': 'two\r\nlines\r\n.',
  'a value that begins with a byte order mark': '\uFEFFmarked',
  'a value of 9,000 characters': `${'löng '.repeat(1_800)}.`,
  // Longer than the pieces in which a body comes: whatever is before them, some end within a character.
  ...Object.fromEntries(
    ['', 'a', 'ab'].map((begin) => [`a value of 99 kB after "${begin}"`, `${begin}${'€'.repeat(33_000)}.`]),
  ),
  'a value with a letter of two code points': 'e\u0301',
  'a value with a NUL': 'before\0after',
  'a value with a backslash and an n': 'one\\nline',
  'a value with the name of a variable': '$HOME and ${HOME}',
  'a value of white space': ' \t ',
  'a secret with white space at its ends, quotes and a backslash': planting(' \tZ7"q\\k+9w"\'Xv=%2B9J \t '),
  'a value that ends with a line break': 'a line\n',
  'a value of 70,000 characters': `${'x'.repeat(69_999)}.`,
};

/** Names of fields that a path, a variable or an object would take for something else, with their values. */
export const oddFields: Readonly<Record<string, string>> = {
  'tls.crt': '1',
  'with space': '2',
  'a/b': '3',
  MixedCase: '4',
  'ümläut-€': '5',
  constructor: '6',
  ['__proto__']: '7',
  _: '8',
  'x-': '9',
  // More than a page of results has.
  ...Object.fromEntries(
    Array.from({ length: 120 }, (_, index) => [`field-${index}`, `value of it ${index}`]),
  ),
};

const random = new Random(1);

/** Fields of names and values that are any text. */
export const randomFields: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 60 }, () => [random.name(), random.value()]),
);
