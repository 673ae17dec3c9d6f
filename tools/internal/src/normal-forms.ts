import { isUtf8 } from 'node:buffer';

/** More forms than this, no message of a server has: such a text counts as undecidable. */
const maxForms = 256;

/** Characters that no reader sees, or as no character at all, and may stand anywhere inside a secret; line breaks and tabs are seen. */
const invisible = /(?![\t\n\r])[\p{C}\p{Default_Ignorable_Code_Point}\uFFFD]/gu;

/** U+FFFD in UTF-8, each byte as one character: what an encoder makes of a lone surrogate. */
const encodedReplacement = '\u00EF\u00BF\u00BD';

/** The named character references of ASCII punctuation (HTML, section 13.5), which are all that an escaper writes, each with its character behind it. */
const htmlNames: ReadonlyMap<string, string> = new Map([
  ...[
    "amp& apos' ast* bsol\\ colon: comma, commat@ dollar$ equals= excl! grave` gt> hat^ hyphen-",
    'lbrace{ lbrack[ lcub{ lowbar_ lpar( lsqb[ lt< num# percnt% period. plus+ quest? quot"',
    'rbrace} rbrack] rcub} rpar) rsqb] semi; sol/ verbar| vert|',
  ].flatMap((names) => names.split(' ').map((name) => [name.slice(0, -1), name.slice(-1)] as const)),
  ...Object.entries({ nbsp: ' ', newline: '\n', shy: '', tab: '\t' }),
]);

/** One step towards what a text means; gives the text itself where it does not apply. */
type Decoder = (text: string) => string;

const decoders: readonly Decoder[] = [
  (text) => text.replaceAll(invisible, ''),
  (text) => text.replaceAll('+', ' '),
  decodeHtml,
  decodePercent,
  decodeBackslash,
  // Last, so that most of what can be read is read before; long base64 is wrapped, and anything may be.
  (text) => text.replaceAll(/\s+/g, ''),
];

/**
 * What `text` may mean: itself, and all that comes of taking escapes off it, in every order and as often as there are any. These are HTML,
 * percent, JSON and JavaScript escapes, base64, base64url and hexadecimal at every alignment, and characters that cannot be seen.
 *
 * @param minLength decoded pieces shorter than this, in characters, are of no interest
 * @returns each form once, `text` first; `undefined` when there are too many
 */
export function normalForms(text: string, minLength: number): readonly string[] | undefined {
  const forms = new Set([text]);
  // A set visits what is added while it is walked.
  for (const form of forms) {
    for (const decode of decoders) forms.add(decode(form));
    for (const piece of decodedPieces(form, minLength)) forms.add(piece);
    if (forms.size > maxForms) return undefined;
  }
  return [...forms];
}

function decodeHtml(text: string): string {
  return text.replaceAll(
    /&(?:#x([\da-f]{1,8})|#(\d{1,8})|([a-z]{2,8}));?/gi,
    (all: string, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return htmlNames.get(name.toLowerCase()) ?? all;
      return character(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)) ?? all;
    },
  );
}

function decodePercent(text: string): string {
  return text
    .replaceAll(/%u([\da-f]{4})/gi, (all: string, hex: string) => character(Number.parseInt(hex, 16)) ?? all)
    .replaceAll(/(?:%[\da-f]{2})+/gi, (all: string) => {
      const bytes = Buffer.from(all.replaceAll('%', ''), 'hex');
      return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
    });
}

function decodeBackslash(text: string): string {
  return text.replaceAll(
    /\\(?:u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2})|([0-3][0-7]{2})|([\s\S]))/gi,
    (all: string, braced?: string, four?: string, two?: string, octal?: string, other?: string): string => {
      const hex = braced ?? four ?? two;
      if (hex !== undefined) return character(Number.parseInt(hex, 16)) ?? all;
      if (octal !== undefined) return character(Number.parseInt(octal, 8)) ?? all;
      return other !== undefined && /[bfnrtv0]/.test(other) ? ' ' : (other ?? all);
    },
  );
}

/** What base64 and hexadecimal in `text` stand for; a run may start anywhere, so each alignment is tried. */
function decodedPieces(text: string, minLength: number): readonly string[] {
  const base64Runs = text.match(/[\w+/-]{8,}/g) ?? [];
  const hexRuns = text.match(/[\da-f]{12,}/gi) ?? [];
  const decoded = [
    ...base64Runs.flatMap((run) => [0, 1, 2, 3].map((at) => Buffer.from(run.slice(at), 'base64'))),
    ...hexRuns.flatMap((run) => [0, 1].map((at) => Buffer.from(run.slice(at), 'hex'))),
  ];
  return decoded.flatMap(readablePieces).filter((piece) => piece.length >= minLength);
}

/** At a wrong alignment nearly nothing is UTF-8, and what is, is short. */
function readablePieces(bytes: Buffer): readonly string[] {
  const whole = Buffer.from(bytes.toString('latin1').replaceAll(encodedReplacement, ''), 'latin1');
  return whole
    .toString('utf8')
    .split(/\uFFFD+/)
    .map((piece) => piece.replaceAll(invisible, ''));
}

function character(codePoint: number): string | undefined {
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : undefined;
}
